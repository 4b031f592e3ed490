"""Words on which passwords in Brazil are built, without capitals and accents.

What people wrote in lists of passwords that became public: the word itself and its relatives, keyboard walks,
football clubs, faith, love, first names, cities, months, brands, and what they call the portal and what it
sells. English ones come with `zxcvbn`.
"""

COMMON_WORDS = frozenset(
    """
    aaa aaaa abacaxi abc abcd abcde abcdef abcdefg abcdefgh abcdefghij abr abril acessar acesso adm admin
    administrador administrator adonai adriana adriano ago agosto aguia alegria aleluia alessandra
    alessandro alex alexandre alice aline almeida alo alou alterar altere alves amanda amanha amarelo amem
    amiga amigo amigos amizade amo amor amoramor amorzinho amote ana anaclara anapaula andre andrea andreia
    andressa android anitta anjo anjos anonovo antonia antonio aparecida apple aqui araujo arroz arthur
    artur asd asdf asdfg asdfgh asdfghjkl atendimento athletico atletico augusto ayrton azul bahia bahiaec
    banana banco barbara barbosa batman beatriz bebe beijo beijos belem belohorizonte bemvinda bemvindo
    bencao bencaos bernardo bianca biblia blumenau boasvindas bola boleto borboleta botafogo branco brasil
    brasileira brasileiro brasilia brazil breno brigadeiro bruna bruno cachorra cachorro cafe caio caixa
    camila campeao campinas capitao cardoso carla carlos carnaval carolina caroline cartao carvalho casa
    casamento catarina cavalcanti cavalo ceara cecilia celso celular cem central cerveja ceu changeme
    chapecoense chefe chocolate churrasco cinco cinza claudia claudio cliente clientes cobranca cobrancas
    colorado comercial comercio companhia compra compras computador construtora contabil contabilidade
    contador convidado copa copacabana copadomundo coracao corinthians coritiba correia correio costa
    cristiane cristiano cristina cristo cruzeiro curitiba daniel daniela daniele danilo davi david debora
    default denise deus deuseamor deusefiel deusemaior deusnocomando deusnocontrole dez dezembro dia dias
    diego digital dinheiro diogo diretor diretoria dog dois domingo douglas dragao dragonball edc eduarda
    eduardo elaine eliane elias elisa email emanuel emanuela emilly empresa empresas entrada entrar enzo
    equipe erica erika escritorio espirito espiritosanto esposa estoque estrela estrelas euteamo fabiana
    fabiano fabio facebook familia farmacia fatura faturas feijao felicidade felipe feliz feriado ferias
    fernanda fernando ferreira fev fevereiro fiel filha filhas filho filhos filial financeiro fiscal
    flamengo flavia flavio flor flores florianopolis floripa fluminense fortaleza fortnite francisca
    francisco freefire freitas futebol gabriel gabriela galo gata gatinha gatinho gato geraldo gerencia
    gerente gestao gilberto giovana giovanna gisele gloria gmail goiania goias goku gol gomes google
    gratidao gremio gremista guerreiro guest guilherme guitarra gustavo harrypotter heitor helena hello
    heloisa henrique hexa hexacampeao hiper hiperador hipergestao hiperloja hipermini hoje homemaranha
    hotmail hugo igor igreja informatica inicial instagram inter internacional internet inverno iphone irma
    irmao iron ironmaiden isaac isabela isabella isadora isto ivan jan janeiro jaqueline jeova jessica jesus
    jesusamado jesuscristo jesussalva jesusteama joana joao joaopedro joinville jorge jose joseph josue juan
    jul julho julia juliana juliano julio jun junho kaka karina kelly lais laranja larissa laura leandro
    leao legiaourbana leonardo leticia letmein liberdade lima linda lindinha lindo lkj lobo login loja lojas
    lorena lorenzo lua luan luana lucas lucia luciana luciano luis luiz luiza mae mai maiden maio mamae
    manaus manuela mar marcela marcelo marcia marcio marco marcos maria mariaclara mariaeduarda mariana
    marido marina mario marlene martins master mateus matheus matrix matriz mauricio mayara melancia melissa
    melo mendes mengao mengo mercado mestre metal metallica meuamor michele microsoft miguel mil milagre
    milena minas minasgerais minecraft minhasenha minhavida mini mnb monica morango moreira mudar mudarsenha
    mude murilo musica nada namorada namorado naruto nascimento natal natalia nathalia nautico negocio
    negocios nenem netflix neymar nicolas nicole ninja noite nordeste nossasenhora nota notafiscal notebook
    nov nova novasenha nove novembro novo oficina oie oito ola olaa oliveira ontem otavio out outlook outono
    outubro padrao pagamento pai paieterno paixao palmeiras papai parana parceiro parceiros pascoa pass
    passw password passwort patria patricia paula paulo paz pedro pedrohenrique pele penta pereira
    pernambuco pikachu pirata pizza playstation poi pokemon portal portaldoparceiro portalparceiro
    portoalegre praia preto primavera primeiro princesa principe priscila provisoria provisorio pwd qaz qazwsx
    qazwsxedc quarta quatro quinta qwe qwer qwert qwerty qwertyuiop rafael rafaela rainha raquel raul rebeca
    recife regina rei renan renata renato restaurante reveillon revenda revendas revendedor ribeiro ricardo
    rio riodejaneiro riogrande roberta roberto roblox rocha rock rodrigo rodrigues rogerio romario
    ronaldinho ronaldo root rosa rosana rosangela roxo ruan sabado sabrina salmo salvador sampa samsung
    samuel samurai sandra santa santacatarina santo santos santosfc saojorge saojose saopaulo sara saudade
    sebastiao secreta secreto segredo segunda segura seguranca seguro seis selecao senha senhaforte
    senhanova senhapadrao senhas senhasecreta senhor senna sepultura sergio servico servicos set sete
    setembro sexta shalom silva silvana silvia simone sistema sistemas sofia software sol soldado sonia
    sophia sorriso sorte sousa souza sport starwars stefany suasenha sucesso suelen superman supermercado
    suporte talita tatiana tatiane teamo teamomuito tecnologia teixeira telefone temporaria temporario terca
    testando teste testes thais theo thiago tiago tigre timao todos toto trabalho transportes tres tricolor
    trocar trocarsenha troque tudo twitter urso user users usuario usuarios valentina vanessa vasco
    vascodagama vencedor venda vendas vendedor vendedora vender vera verao verdao verde verdeamarelo
    vermelho victor vida vieira vinicius visitante vitor vitoria vitorioso viviane vovo wagner walter
    welcome wellington wesley whatsapp william windows world wsx xbox xxx xyz yahoo yasmin youtube yuri zero
    zxc zxcv zxcvb zxcvbn zxcvbnm
    """.split()
)
