"""Today's desk put on the timeline: scenes for each partner's sellers."""

from dataclasses import replace
from random import Random

from portal.demo.contract_scenes import EVERY_CONTRACT_SCENE, SOME_CONTRACT_SCENES, Desk
from portal.demo.contracting import Contracting
from portal.demo.quotes import Cast
from portal.demo.scenes import EVERY_SCENE, SOME_SCENES, Stage, play
from portal.demo.timeline import Timeline


def set_the_scenes(timeline: Timeline, random: Random, cast: Cast, contracting: Contracting) -> None:
    """Every scene at the first partner, some at the others, each partner a little earlier."""
    partner_ids = list(cast.sellers)
    for index, (partner_id, sellers) in enumerate(cast.sellers.items()):
        stage = Stage(
            session=contracting.session,
            random=random,
            seller=sellers[0],
            manager=cast.managers[partner_id],
            customers=cast.customers[partner_id],
        )
        desk = Desk(
            stage=replace(stage, random=contracting.bank.random),
            contracting=contracting,
            next_partner_id=partner_ids[(index + 1) % len(partner_ids)],
        )
        pace = 1 + index / 4
        for scene in EVERY_SCENE if index == 0 else SOME_SCENES:
            play(timeline, scene(stage), pace=pace)
        for contract_scene in EVERY_CONTRACT_SCENE if index == 0 else SOME_CONTRACT_SCENES:
            play(timeline, contract_scene(desk), pace=pace)
