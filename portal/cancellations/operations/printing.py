"""The receipt of a cancellation on paper, whoever asks for it."""

from portal.cancellations.models import CancellationCase
from portal.cancellations.pages.cases import receipt_sheet
from portal.cancellations.rules.cases import CaseState
from portal.config.company import CompanySettings
from portal.documents.operations.printing import render_cancellation
from portal.shared.refusals import Missing


def print_receipt(case: CancellationCase, company: CompanySettings) -> tuple[bytes, str]:
    """The receipt of a loaded case as a PDF, and the name of its file.

    Raises:
        Missing: it did not end as a cancellation, or not yet.
    """
    if case.state is not CaseState.CANCELED or case.closed_at is None:
        raise Missing("O comprovante fica pronto quando o cancelamento estiver confirmado.")
    content = render_cancellation(receipt_sheet(case, company), now=case.closed_at)
    return content, f"cancelamento-{case.protocol}.pdf"
