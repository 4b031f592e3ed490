"""What people type or upload about customers."""

from portal.customers.forms.customer import CustomerForm, PartnerCustomerForm
from portal.customers.forms.upload import COLUMNS, PartnerUploadForm, UploadForm, read_customers

__all__ = [
    "COLUMNS",
    "CustomerForm",
    "PartnerCustomerForm",
    "PartnerUploadForm",
    "UploadForm",
    "read_customers",
]
