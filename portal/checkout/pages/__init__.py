"""What the page behind an invoice's link, the printed boleto and the contract's page say of payments."""
