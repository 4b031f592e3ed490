"""Reads of the quotes room. Each takes the person asking and shows only what that person may see."""

from portal.quotes.queries.approvals import (
    PartnerHistory,
    QueueEntry,
    approval_queue,
    count_queue,
    get_approval,
    partner_history,
)
from portal.quotes.queries.board import (
    BOARD_STATES,
    BoardColumn,
    StateFigures,
    board_columns,
    figures_by_state,
)
from portal.quotes.queries.deals import deal_of
from portal.quotes.queries.deciders import ApprovalPath, approval_path
from portal.quotes.queries.detail import price_list_names
from portal.quotes.queries.labels import label_of
from portal.quotes.queries.listing import (
    QuoteEntry,
    list_for_export,
    list_quotes,
    list_quotes_of_customer,
    quote_list_request,
)
from portal.quotes.queries.reading import (
    find_created_quote,
    get_live_version,
    get_quote,
    get_version,
    list_alternatives,
    list_approvals,
    list_versions,
    list_views,
    who_changed,
)

__all__ = [
    "BOARD_STATES",
    "ApprovalPath",
    "BoardColumn",
    "PartnerHistory",
    "QueueEntry",
    "QuoteEntry",
    "StateFigures",
    "approval_path",
    "approval_queue",
    "board_columns",
    "count_queue",
    "deal_of",
    "figures_by_state",
    "find_created_quote",
    "get_approval",
    "get_live_version",
    "get_quote",
    "get_version",
    "label_of",
    "list_alternatives",
    "list_approvals",
    "list_for_export",
    "list_quotes",
    "list_quotes_of_customer",
    "list_versions",
    "list_views",
    "partner_history",
    "price_list_names",
    "quote_list_request",
    "who_changed",
]
