"""Why a quote cannot be priced, saved or answered, in words for the person who tried."""

from collections.abc import Mapping
from datetime import date, datetime

from calculator import SelectionRefused
from portal.shared.brazil import format_date
from portal.shared.clock import SAO_PAULO
from portal.shared.refusals import Conflict, Refusal


class SelectionRejected(Refusal):
    """The calculator refuses the selection.

    `field` is the calculator's field (`negotiated_total`, `negotiated_lines.plan:gestao`,
    `quantities.user`, `apps.tef`), None for the whole; `code` and `facts` as in `docs/pricing.md`.
    """

    def __init__(self, refused: SelectionRefused) -> None:
        super().__init__(refused.message, field=refused.field or None, **refused.facts)
        self.code = str(refused.code)


class NoLongerFits(Refusal):
    """An older selection cannot be priced with today's list."""

    def __init__(self, rejected: SelectionRejected) -> None:
        super().__init__(
            f"Este orçamento não cabe mais na tabela de preços de hoje. {rejected.message} "
            "Faça um novo orçamento para este cliente."
        )
        self.code = rejected.code


class PriceListChanged(Conflict):
    """Prices were shown from a list that is no longer today's."""

    def __init__(self, *, valid_from: date) -> None:
        super().__init__(
            f"A tabela de preços mudou em {format_date(valid_from)}. "
            "Confira os valores com a nova tabela e salve de novo.",
            field="price_list_id",
        )


class PricesNoLongerStand(Conflict):
    """The prices of a quote stood until a day that has passed, and there is a newer list."""

    def __init__(self, *, stood_until: date) -> None:
        super().__init__(
            f"Os preços deste orçamento valiam até {format_date(stood_until)} e a tabela mudou. "
            "Edite o orçamento e salve com os preços de hoje."
        )


class SavedElsewhere(Conflict):
    """Another tab or person saved the draft first."""

    def __init__(self, *, at: datetime) -> None:
        when = at.astimezone(SAO_PAULO)
        super().__init__(
            f"Este rascunho foi salvo em outra janela em {format_date(when.date())} às {when:%H:%M}. "
            "Atualize a página para ver o que mudou antes de salvar."
        )


class StillNeedsApproval(Conflict):
    """Nothing reaches the customer before the approval it needs."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        named = " ".join(f"{label}: {state.lower()}." for label, state in labels.items())
        super().__init__(
            "Nada vai para o cliente antes da aprovação de que precisa. "
            f"Peça a aprovação ou anule a alternativa, e envie de novo. {named}"
        )


class NobodyToWriteTo(Refusal):
    """The customer has no e-mail."""

    def __init__(self) -> None:
        super().__init__(
            "Este cliente não tem e-mail. "
            "Adicione o e-mail do responsável na ficha do cliente e envie de novo.",
            field="email",
        )


class TooManyAlternatives(Refusal):
    """A proposal side by side must still fit on a page."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Uma proposta tem no máximo {limit} alternativas. Anule uma ou faça outra proposta."
        )


class AlreadyAnswered(Conflict):
    """The customer (or another tab of theirs) was faster."""


class ProposalClosed(Conflict):
    """The link is known but nothing behind it can be accepted any more."""


class PartnerNoLongerServes(ProposalClosed):
    """The reseller was disabled: what it offered stands again when it is enabled in time."""

    def __init__(self) -> None:
        super().__init__("A revenda que enviou esta proposta não atende mais. Ela não pode ser respondida.")
