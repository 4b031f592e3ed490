"""Which passwords may be chosen."""

from itertools import product

import pytest

from portal.users.rules.passwords import WeakPassword, check_password

COMMON = """
    senha brasil flamengo corinthians palmeiras mudar trocar acesso admin administrador portal parceiro jesus
    deusefiel teamo amor familia princesa gabriel juliana maria hipermini hipergestao empresa vendas
    financeiro qwerty password welcome florianopolis janeiro primavera
""".split()
AROUND = ("{}@2026", "{}@2025!", "{}@1234", "{}#123456", "{}1234567", "{}.2024.01", "123{}123", "!!{}2023!!")
WORN = """
    Senha@2026 SENHA-123456 S3nh@2026! $enh@123456 P@ssw0rd2026 Passw0rd!! Mud@r12345 Adm1n@2026 4dm1n1str4d0r
    1q2w3e4r5t 1qaz2wsx3edc qwertyuiop asdfghjkl1 zxcvbnm123 abcd123456 1234567890 0987654321 11111111111
    1020304050 10203040ab 12/05/1990 2026202620 aaaaaaaaaaaa ababababab abcabcabcabc senhasenha minhasenha1
    suasenha2026 senhaforte1! brasilbrasil flamengo2019 timao@2012 hexa@2022! jesus@amor1 deusmaior10
    mariaclara10 joaopedro2010 iloveyou2026 letmein123! football2026 Superman@1 dragonball1 naruto@2020
    Bemvindo@1 BemVindo2026 BoasVindas@26 Trocar@123 Primeiro@1 Corinthians1910 Palmeiras@1914 Gremio@1903
    Inter@1909! SaoPaulo@1930 Fluminense1 Cruzeiro@2003 Amor@12345 TeAmo@2026 Janeiro@2026 Natal@2026!
    Empresa@2026 Vendas@2026 PortalParceiro1 portaldoparceiro HiperGestao@1 Hipermini@10 comercial2026
""".split()


def why_refused(password: str) -> str:
    """What the person is told, "" when the password is taken."""
    try:
        check_password(
            password,
            email="bruno.lima@sulsistemas.com.br",
            name="Bruno Lima",
            company=("Acme Gestão Ltda.", "acmegestao"),
        )
    except WeakPassword as refusal:
        return refusal.message
    return ""


class TestAPassword:
    @pytest.mark.parametrize(
        "password", ["padaria azul", "x7!kQp93Lm", "correto cavalo bateria", "ção ção não"]
    )
    def test_is_good_when_it_is_long_and_nobodys_first_guess(self, password: str) -> None:
        check_password(password, email="bruno@sulsistemas.com.br", name="Bruno Lima")

    @pytest.mark.parametrize(
        ("password", "why"),
        [
            ("curta", "Use pelo menos 10 caracteres."),
            ("nove char", "Use pelo menos 10 caracteres."),
            ("x" * 201, "Use no máximo 200 caracteres."),
            ("1234567890", "fácil de adivinhar"),
            ("Senha123456", "fácil de adivinhar"),
            ("SENHA-123456", "fácil de adivinhar"),
            ("aaaaaaaaaaaa", "fácil de adivinhar"),
            ("ababababab", "fácil de adivinhar"),
            ("bruno@sulsistemas.com.br", "Não use seu nome nem seu e-mail"),
            ("Bruno Lima", "Não use seu nome nem seu e-mail"),
            ("brunolima2026", "Não use seu nome nem seu e-mail"),
        ],
    )
    def test_is_refused_with_what_to_do(self, password: str, why: str) -> None:
        with pytest.raises(WeakPassword) as refusal:
            check_password(password, email="bruno@sulsistemas.com.br", name="Bruno Lima")
        assert why in refusal.value.message
        assert refusal.value.field == "password"


class TestACommonPassword:
    @pytest.mark.deep
    def test_is_refused_with_figures_and_signs_around_it(self) -> None:
        for word, around in product(COMMON, AROUND):
            for written in (word, word.capitalize(), word.upper()):
                password = around.format(written)
                assert why_refused(password), password

    @pytest.mark.parametrize("password", WORN)
    def test_is_refused_however_it_is_spelled(self, password: str) -> None:
        assert why_refused(password), "was taken"

    @pytest.mark.parametrize(
        "password",
        [
            "Bruno@2026!",
            "BrunoLima10",
            "limabruno2026",
            "l1ma@bruno!",
            "sulsistemas2026",
            "SulSistemas@1",
            "bruno.lima@1",
            "acmegestao1!",
            "Acme@2026!!",
            "AcmeSenha2026",
            "senhabruno2026",
        ],
    )
    def test_may_be_ones_own_or_the_companys_name(self, password: str) -> None:
        assert why_refused(password)


class TestAPhrase:
    @pytest.mark.parametrize(
        "password",
        [
            "boa noite padaria",
            "chuva de verão",
            "amor da minha vida inteira",
            "o flamengo joga mal",
            "quatro gatos no telhado",
            "Minha sogra odeia pizza!",
            "uma frase bem comprida",
            "bruno comeu a lasanha",
            "carroça-verde-nuvem",
            "Tx9#vLq2mZ",
            "k7w-3fp-9zd",
            "padaria azul",
        ],
    )
    def test_may_hold_common_words(self, password: str) -> None:
        assert why_refused(password) == ""

    def test_of_two_hundred_characters_is_judged_in_time(self) -> None:
        assert why_refused("nuvem carroça lasanha " * 9) == ""
        assert why_refused("ab1" * 66)
