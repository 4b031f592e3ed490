"""What is shown of an address and a CPF to whoever holds only a link."""

import pytest

from portal.signatures.rules.signing import masked_cpf, masked_email


class TestWhatIsShown:
    @pytest.mark.parametrize(
        ("address", "shown"),
        [
            ("maria@padaria.com.br", "m•••a@padaria.com.br"),
            ("ana@padaria.com.br", "a•••a@padaria.com.br"),
            ("jo@padaria.com.br", "j•••@padaria.com.br"),  # else all of it would be there to read
            ("j@padaria.com.br", "j•••@padaria.com.br"),
        ],
    )
    def test_of_an_address_is_never_the_whole_name(self, address: str, shown: str) -> None:
        assert masked_email(address) == shown

    def test_of_a_cpf_is_its_middle(self) -> None:
        assert masked_cpf("52998224725") == "***.982.247-**"
