"""What people do with customers."""

from portal.customers.operations.importing import check_import, load_import
from portal.customers.operations.registration import change_customer, register_customer

__all__ = ["change_customer", "check_import", "load_import", "register_customer"]
