"""The menu of the signed-in pages."""

import re

import pytest

from portal.shared.auth import Role
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf

ADMINISTRATION = ["Parceiros", "Usuários", "Tabelas de preços", "Modelos de contrato", "Configurações"]


class AsRole:
    """Browsers of somebody of the vendor with a role."""

    def __init__(self, transaction: Transaction, client_of: ClientOf) -> None:
        self._transaction, self._client_of = transaction, client_of

    def __call__(self, role: Role) -> PortalClient:
        with self._transaction() as session:
            user_id = make_user(session, role=role).id
        return self._client_of(user_id)


@pytest.fixture
def as_role(transaction: Transaction, client_of: ClientOf) -> AsRole:
    return AsRole(transaction, client_of)


def menus(client: PortalClient, path: str) -> tuple[str, str]:
    """The wide menu of a page, and the compact one."""
    html = client.get(path).text
    wide, compact = re.findall(r"<nav class=\"[\w -]*menu[\w -]*\".*?</nav>", html, re.DOTALL)
    return wide, compact


def links(html: str) -> list[str]:
    return re.findall(r"</svg>([^<]+)</a>", html)


class TestTheMenu:
    def test_of_an_administrator_folds_what_is_set_up_once(self, as_role: AsRole) -> None:
        wide, compact = menus(as_role(Role.ADMIN), "/conta")
        assert links(wide.split("<details")[1]) == ADMINISTRATION
        assert not set(links(wide.split("<details")[0])) & set(ADMINISTRATION)
        assert "<details" not in compact
        assert links(compact)[-5:] == ADMINISTRATION

    @pytest.mark.deep
    def test_marks_the_fold_that_holds_the_present_page(self, as_role: AsRole) -> None:
        admin = as_role(Role.ADMIN)
        assert "holds-current" in menus(admin, "/configuracoes")[0]
        assert "holds-current" not in menus(admin, "/pagamentos")[0]

    def test_folds_nothing_where_little_would_be_in_it(self, as_role: AsRole) -> None:
        wide, _compact = menus(as_role(Role.ACCOUNT_MANAGER), "/conta")
        assert "<details" not in wide
        assert "Tabelas de preços" in links(wide)

    def test_leads_finance_to_bank_files_by_the_tabs_of_payments(self, as_role: AsRole) -> None:
        finance = as_role(Role.FINANCE)
        assert "Arquivos do banco" not in links(menus(finance, "/pagamentos")[0])
        assert 'href="/arquivos-do-banco"' in finance.get("/pagamentos").text
        wide, _compact = menus(finance, "/arquivos-do-banco")
        assert re.findall(r"aria-current=\"page\">.*?</svg>([^<]+)", wide) == ["Pagamentos"]
