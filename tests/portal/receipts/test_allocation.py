"""How one payment is spread: face value first, charges last, small differences let go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.receipts.rules.allocation import Allocation, allocate

OPEN, CHARGES = 199_90, 4_67  # ten days late: 4,00 late fee, 0,67 interest


class TestAPayment:
    @pytest.mark.parametrize(
        ("amount", "charges", "spread"),
        [
            (199_90, 0, Allocation(face_cents=199_90)),
            (199_90, CHARGES, Allocation(face_cents=199_90)),  # the charges stay open
            (204_57, CHARGES, Allocation(face_cents=199_90, charges_cents=4_67)),
            (100_00, CHARGES, Allocation(face_cents=100_00)),
            (199_80, 0, Allocation(face_cents=199_80, short_face_cents=10)),
            (199_79, 0, Allocation(face_cents=199_79)),
            (200_00, 0, Allocation(face_cents=199_90, surplus_cents=10)),
            (200_01, 0, Allocation(face_cents=199_90, credit_cents=11)),
            (204_50, CHARGES, Allocation(face_cents=199_90, charges_cents=4_60, short_charges_cents=7)),
            (204_40, CHARGES, Allocation(face_cents=199_90, charges_cents=4_50)),
            (204_60, CHARGES, Allocation(face_cents=199_90, charges_cents=4_67, surplus_cents=3)),
            (250_00, CHARGES, Allocation(face_cents=199_90, charges_cents=4_67, credit_cents=45_43)),
        ],
    )
    def test_pays_the_invoice_then_its_charges(self, amount: int, charges: int, spread: Allocation) -> None:
        assert allocate(amount, open_cents=OPEN, charges_cents=charges, tolerance_cents=10) == spread

    @pytest.mark.parametrize(
        ("amount", "spread"),
        [
            (4_00, Allocation(charges_cents=4_00)),  # 0,67 of charges and all of the invoice stay open
            (4_67, Allocation(charges_cents=4_67)),
            (100_00, Allocation(face_cents=95_33, charges_cents=4_67)),
            (
                199_90,
                Allocation(face_cents=195_23, charges_cents=4_67),
            ),  # a boleto asks for the face
            (204_46, Allocation(face_cents=199_79, charges_cents=4_67)),
            (204_47, Allocation(face_cents=199_80, charges_cents=4_67, short_face_cents=10)),
            (204_57, Allocation(face_cents=199_90, charges_cents=4_67)),
            (204_67, Allocation(face_cents=199_90, charges_cents=4_67, surplus_cents=10)),
            (250_00, Allocation(face_cents=199_90, charges_cents=4_67, credit_cents=45_43)),
        ],
    )
    def test_pays_the_charges_then_the_invoice_where_that_was_agreed(
        self, amount: int, spread: Allocation
    ) -> None:
        found = allocate(
            amount, open_cents=OPEN, charges_cents=CHARGES, tolerance_cents=10, charges_first=True
        )
        assert found == spread

    def test_of_a_paid_invoice_pays_the_charges_that_are_left(self) -> None:
        assert allocate(4_67, open_cents=0, charges_cents=4_67, tolerance_cents=10) == Allocation(
            charges_cents=4_67
        )
        assert allocate(10_00, open_cents=0, charges_cents=4_67, tolerance_cents=10) == Allocation(
            charges_cents=4_67, credit_cents=5_33
        )

    @pytest.mark.parametrize(
        ("tolerance", "amount", "spread"),
        [
            (0, 199_89, Allocation(face_cents=199_89)),  # one centavo stays open
            (0, 199_91, Allocation(face_cents=199_90, credit_cents=1)),
            (100, 198_90, Allocation(face_cents=198_90, short_face_cents=1_00)),
            (100, 198_89, Allocation(face_cents=198_89)),
            (100, 200_90, Allocation(face_cents=199_90, surplus_cents=1_00)),
        ],
    )
    def test_settles_within_the_tolerance_in_force(
        self, tolerance: int, amount: int, spread: Allocation
    ) -> None:
        assert allocate(amount, open_cents=OPEN, charges_cents=0, tolerance_cents=tolerance) == spread

    @given(
        st.integers(1, 10**9),
        st.integers(0, 10**9),
        st.integers(0, 10**7),
        st.integers(0, 100),
        st.booleans(),
    )
    def test_is_spread_to_the_last_centavo(
        self, amount: int, open_cents: int, charges: int, tolerance: int, first: bool
    ) -> None:
        spread = allocate(
            amount,
            open_cents=open_cents,
            charges_cents=charges,
            tolerance_cents=tolerance,
            charges_first=first,
        )
        parts = (spread.face_cents, spread.charges_cents, spread.surplus_cents, spread.credit_cents)
        assert sum(parts) == amount
        assert min(spread) >= 0
        assert spread.face_cents + spread.short_face_cents <= open_cents
        assert spread.charges_cents + spread.short_charges_cents <= charges
        assert max(spread.short_face_cents, spread.short_charges_cents, spread.surplus_cents) <= tolerance
