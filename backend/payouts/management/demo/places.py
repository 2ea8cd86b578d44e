"""Where the recipients of the demo live: names, currencies and the form of account numbers."""

# ruff: noqa: RUF001  names are written in the letters of their country

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """`share`: how many of the recipients live there, against the others.

    `account` and `bank_code` are forms: 0 stands for a digit, A for a letter. For an `iban`, country and
    check digits come in front.
    """

    country: str
    currency: str
    share: int
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    businesses: tuple[str, ...]
    account: str
    bank_code: str = ""
    iban: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


PLACES = (
    Place(
        "DE",
        "EUR",
        16,
        _words("Anna, Jürgen, Katharina, Lukas, Mehmet, Sabine, Tobias, Ümit, Friederike"),
        _words("Müller, Schäfer, Weiß, Krüger, Yilmaz, Hoffmann, Lindner, Großmann, Vogt"),
        _words("Fahrradkurier Nord GmbH, Bäckerei Sommerfeld, Studio Lichtblick, Elbe Logistik GmbH"),
        "000000000000000000",
        iban=True,
    ),
    Place(
        "FR",
        "EUR",
        11,
        _words("Camille, Élodie, François, Hugo, Inès, Jérôme, Margaux, Théo"),
        _words("Lefèvre, Moreau, Garnier, Benali, Dubois, Rousseau, Charpentier"),
        _words("Atelier du Canal, Maison Perrin SARL, Les Coursiers Réunis"),
        "00000000000000000000000",
        iban=True,
    ),
    Place(
        "ES",
        "EUR",
        9,
        _words("Álvaro, Begoña, Carmen, Íñigo, José, Lucía, Marta, Núria"),
        _words("García, Ibáñez, López, Muñoz, Ortega, Peña, Sánchez"),
        _words("Panadería La Espiga SL, Mensajería Levante SL"),
        "00000000000000000000",
        iban=True,
    ),
    Place(
        "NL",
        "EUR",
        6,
        _words("Daan, Femke, Joost, Lotte, Sanne, Thijs"),
        _words("de Vries, van den Berg, Jansen, Bakker, Visser"),
        _words("Fietskoerier Utrecht BV, Drukkerij De Haan"),
        "AAAA0000000000",
        iban=True,
    ),
    Place(
        "GB",
        "GBP",
        13,
        _words("Alice, Callum, Fiona, Imran, Owen, Priya, Rhys, Siobhán, Zoë"),
        _words("Ashworth, Campbell, Davies, O'Neill, Patel, Whitfield, Okonkwo"),
        _words("Harbour Street Books Ltd, Peak Couriers Ltd, Northfield Press"),
        "AAAA00000000000000",
        iban=True,
    ),
    Place(
        "US",
        "USD",
        20,
        _words("Aaliyah, Brandon, Carlos, Denise, Grace, Jamal, Megan, Tyler, Wei"),
        _words("Anderson, Brooks, Chen, Delgado, Johnson, Nguyen, Washington, Kowalski"),
        _words("Bluebird Crafts LLC, Lone Pine Delivery LLC, Maple & Main Inc, Red Rock Studio"),
        "0000000000",
        bank_code="000000000",
    ),
    Place(
        "UA",
        "UAH",
        10,
        _words("Андрій, Богдан, Ганна, Дмитро, Оксана, Олена, Тарас, Юлія"),
        _words("Бондаренко, Коваленко, Кравчук, Мельник, Шевченко, Ткаченко"),
        _words("ТОВ Швидка Пошта, ФОП Книгарня Лев"),
        "0000000000000000000000000",
        iban=True,
    ),
    Place(
        "PL",
        "PLN",
        6,
        _words("Agnieszka, Bartosz, Jakub, Łukasz, Małgorzata, Paweł, Zofia"),
        _words("Nowak, Kowalczyk, Wiśniewski, Zieliński, Wójcik"),
        _words("Piekarnia Złoty Kłos, Kurier Wisła sp. z o.o."),
        "000000000000000000000000",
        iban=True,
    ),
    Place(
        "JP",
        "JPY",
        6,
        _words("葵, 陽菜, 翔太, 健一, 美咲, 大輔"),
        _words("佐藤, 鈴木, 高橋, 田中, 伊藤, 渡辺"),
        _words("株式会社さくら運送, 山本書店"),
        "0000000",
        bank_code="0000000",
    ),
    Place(
        "SE",
        "SEK",
        3,
        _words("Åsa, Björn, Elin, Göran, Linnéa"),
        _words("Andersson, Bergström, Lindqvist, Öberg"),
        _words("Cykelbudet i Malmö AB"),
        "00000000000000000000",
        iban=True,
    ),
    Place(
        "BR",
        "BRL",
        4,
        _words("Ana, Caio, Gabriela, João, Letícia, Thiago"),
        _words("Almeida, Cardoso, Oliveira, Ribeiro, Souza"),
        _words("Padaria Bom Dia Ltda, Entregas Paulista Ltda"),
        "00000000",
        bank_code="0000000",
    ),
    Place(
        "NG",
        "NGN",
        3,
        _words("Adaeze, Chinedu, Funke, Ifeanyi, Tunde"),
        _words("Adeyemi, Balogun, Eze, Okafor, Obi"),
        _words("Lagos Riders Ltd, Sunrise Fabrics"),
        "0000000000",
        bank_code="000",
    ),
    Place(
        "KW",
        "KWD",
        1,
        _words("Fatima, Khaled, Noura, Yousef"),
        _words("Al-Mutairi, Al-Rashid, Al-Sabah"),
        _words("Gulf Parcel Co"),
        "AAAA0000000000000000000000",
        iban=True,
    ),
)
