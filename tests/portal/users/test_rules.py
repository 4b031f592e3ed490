"""Decisions about pauses, addresses and devices."""

from datetime import timedelta

import pytest

from portal.users.rules import Limit, device_name, network_of, normal_email


class TestPauses:
    def test_grow_and_stop_growing(self) -> None:
        limit = Limit(name="test", free=3, pauses=(1, 2, 5))
        minutes = [limit.pause_after(attempts) for attempts in range(1, 8)]
        expected = [None, None, 1, 2, 5, 5, 5]
        assert minutes == [each and timedelta(minutes=each) for each in expected]


class TestAnAddress:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("", ""),
        ],
    )
    def test_is_counted_by_what_one_customer_owns(self, address: str, network: str) -> None:
        assert network_of(address) == network


class TestADevice:
    @pytest.mark.parametrize(
        ("agent", "name"),
        [
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
                "Chrome em Windows",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge em Windows"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
                "Safari em iPhone",
            ),
            ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome em Android"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox em Linux"),
            ("curl/8.0", "Dispositivo desconhecido"),
        ],
    )
    def test_is_named_as_people_call_it(self, agent: str, name: str) -> None:
        assert device_name(agent) == name


class TestAnEmail:
    @pytest.mark.parametrize("typed", ["joão@pão.com.br", " JOÃO@PÃO.com.br ", "joa\u0303o@pa\u0303o.com.br"])
    def test_is_the_same_however_it_was_typed(self, typed: str) -> None:
        assert normal_email(typed) == "joão@pão.com.br"
