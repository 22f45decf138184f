"""The layout on disk: names, twins, artists.csv, and folders that look otherwise."""

import os
import unicodedata
from pathlib import Path

import pytest

from helpers.data.folders import DatasetError, name_key, read_artists, repair_name

GARBLED = "Albrecht_DuΓòá├¬rer"  # the folder that Kaggle's archive really holds
HEADER = "id,name,years,genre,nationality,bio,wikipedia,paintings\n"


def put(path: Path, content: bytes = b"any") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def kaggle(tmp_path):
    """The layout of the real set, with its traps; the files need not be pictures here."""
    rows = [
        '0,Marc Chagall,1887 – 1985,"Primitivism,Cubism","French,Jewish,Belarusian","A ""bio"",'
        '\nwith a line break",http://en.wikipedia.org/wiki/Marc_Chagall,239',
        "1,Albrecht Dürer,1471 - 1528,Northern Renaissance,German,,,328",
        "2,Nobody Painted,1900—1950,Pop Art; Dada,American/British,,,24",
        "3,Pierre-Auguste Renoir,born 1841,Impressionism,French,,,many",
    ]
    (tmp_path / "artists.csv").write_text(HEADER + "\n".join(rows), encoding="utf-8-sig")
    images = tmp_path / "images" / "images"
    apart = unicodedata.normalize("NFD", "Albrecht_Dürer")
    for number in (1, 2, 10):
        put(images / apart / f"{apart}_{number}.jpg", b"work %d" % number)
        put(images / GARBLED / f"{GARBLED}_{number}.jpg", b"work %d" % number)
    put(images / GARBLED / f"{GARBLED}_11.jpg", b"work 11")
    put(images / "Marc_Chagall" / "Marc_Chagall_1.jpg")
    put(images / "Marc_Chagall" / "Thumbs.db")
    put(images / "Marc_Chagall" / "._Marc_Chagall_1.jpg")
    put(images / "Unknown_Painter" / "Unknown_Painter_1.PNG")
    put(images / "pierre-auguste renoir" / "1.jpeg")
    for name in (f"{GARBLED}_1.jpg", "Marc_Chagall_1.jpg", "Unknown_Painter_1.jpg"):
        put(tmp_path / "resized" / "resized" / name)
    return tmp_path


def test_csv_order_then_folders_without_a_row(kaggle):
    names = [artist.name for artist in read_artists(kaggle)]
    assert names == [
        "Marc Chagall",
        "Albrecht Dürer",
        "Nobody Painted",
        "Pierre-Auguste Renoir",
        "Unknown Painter",
    ]


def test_twin_folders_are_one_artist_and_each_work_counts_once(kaggle):
    durer = read_artists(kaggle)[1]
    assert [file.read_bytes() for file in durer.files] == [b"work %d" % n for n in (1, 2, 10, 11)]


def test_different_works_in_twin_folders_are_all_kept(kaggle):
    put(kaggle / "images" / "images" / GARBLED / f"{GARBLED}_2.jpg", b"other2")  # the same length
    assert len(read_artists(kaggle)[1].files) == 5


def test_equal_files_in_one_folder_are_the_artists_own_affair(kaggle):
    for number in (2, 3):
        put(kaggle / "images" / "images" / "Marc_Chagall" / f"Marc_Chagall_{number}.jpg")
    assert len(read_artists(kaggle)[0].files) == 3


def test_columns_with_several_values_and_every_kind_of_dash(kaggle):
    chagall, durer, nobody, renoir, unknown = read_artists(kaggle)
    assert chagall.nationalities == ("French", "Jewish", "Belarusian")
    assert chagall.genres == ("Primitivism", "Cubism")
    assert chagall.bio == 'A "bio",\nwith a line break'
    assert chagall.wikipedia.endswith("/Marc_Chagall")
    assert (chagall.years, durer.years, nobody.years) == ((1887, 1985), (1471, 1528), (1900, 1950))
    assert (nobody.genres, nobody.nationalities) == (("Pop Art", "Dada"), ("American", "British"))
    assert (chagall.listed, renoir.listed, renoir.years) == (239, 0, None)
    assert (unknown.years, unknown.genres, unknown.listed) == (None, (), 0)


def test_artist_without_folder_and_folder_without_row(kaggle):
    _, _, nobody, renoir, unknown = read_artists(kaggle)
    assert nobody.files == ()
    assert [file.name for file in renoir.files] == ["1.jpeg"]  # spaces, case: still his folder
    assert [file.name for file in unknown.files] == ["Unknown_Painter_1.PNG"]


def test_only_pictures_count(kaggle):
    assert [file.name for file in read_artists(kaggle)[0].files] == ["Marc_Chagall_1.jpg"]


def test_resized_is_one_heap_sorted_by_the_files_names(kaggle):
    found = {a.name: [file.name for file in a.files] for a in read_artists(kaggle, "resized")}
    assert found["Albrecht Dürer"] == [f"{GARBLED}_1.jpg"]
    assert found["Marc Chagall"] == ["Marc_Chagall_1.jpg"]
    assert found["Unknown Painter"] == ["Unknown_Painter_1.jpg"]


@pytest.mark.parametrize("nested", ["", "images"])
def test_nested_once_or_not_at_all(tmp_path, nested):
    (tmp_path / "artists.csv").write_text(HEADER + "0,Paul Klee,,,,,,1\n", encoding="utf-8")
    put(tmp_path / nested / "Paul_Klee" / "Paul_Klee_1.jpg")
    assert [(a.name, len(a.files)) for a in read_artists(tmp_path)] == [("Paul Klee", 1)]


def test_a_csv_saved_by_excel_starts_with_a_byte_order_mark(tmp_path):
    (tmp_path / "artists.csv").write_text("name\nPaul Klee\n", encoding="utf-8-sig")
    assert [artist.name for artist in read_artists(tmp_path)] == ["Paul Klee"]


def test_any_folder_of_folders(tmp_path):
    put(tmp_path / "dogs" / "b.png")
    put(tmp_path / "dogs" / "old" / "a.png", b"other")
    put(tmp_path / "cats" / "10.png")
    put(tmp_path / "cats" / "9.png")
    put(tmp_path / "images" / "x.png")  # a class that happens to be called so
    put(tmp_path / ".hidden" / "x.png")
    put(tmp_path / "empty" / "readme.txt")
    found = [(a.name, [file.name for file in a.files]) for a in read_artists(tmp_path)]
    assert found == [
        ("cats", ["9.png", "10.png"]),
        ("dogs", ["a.png", "b.png"]),
        ("images", ["x.png"]),
    ]


def test_one_heap_of_pictures_is_one_class(tmp_path):
    heap = tmp_path / "holiday"
    for number in (1, 2):
        put(heap / f"beach_{number}.jpg", b"%d" % number)
    put(heap / "city.jpg")
    assert [(a.name, len(a.files)) for a in read_artists(heap)] == [("holiday", 3)]


@pytest.mark.parametrize(
    ("garbled", "meant"),
    [
        (GARBLED, "Albrecht_Dürer"),
        ("DÃ¼rer", "Dürer"),
        ("D├╝rer", "Dürer"),
        (unicodedata.normalize("NFD", "Dürer"), "Dürer"),
        ("Dürer", "Dürer"),
        ("Søren Ægir", "Søren Ægir"),
        ("北斎", "北斎"),
    ],
)
def test_repair_name(garbled, meant):
    assert repair_name(garbled) == meant


def test_name_key_joins_spellings_but_not_names():
    assert name_key("Rene_Magritte") == name_key("René  Magritte")
    assert name_key("ガ") != name_key("カ")
    assert name_key("C") != name_key("C++")


def test_errors_say_which_file_and_what_to_do(tmp_path):
    with pytest.raises(DatasetError, match="is not a folder"):
        read_artists(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="no folder 'resized'"):
        read_artists(tmp_path, "resized")
    csv = tmp_path / "artists.csv"
    csv.write_text("id,artist,years\n0,Paul Klee,1879\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"artists\.csv has no column 'name'.*commas"):
        read_artists(tmp_path)


@pytest.mark.parametrize("between", [",", ";", "\t"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_csv_as_spreadsheets_write_it_is_read_and_said(tmp_path, capsys, between, coding):
    rows = (["id", "name", "genre"], ["0", "Albrecht Dürer", "Renaissance"])
    text = "\r\n".join(between.join(row) for row in rows)
    (tmp_path / "artists.csv").write_bytes(text.encode(coding))
    (artist,) = read_artists(tmp_path)
    assert (artist.name, artist.genres) == ("Albrecht Dürer", ("Renaissance",))
    said = capsys.readouterr().out
    words = {",": "commas", ";": "semicolons", "\t": "tabs"}[between]
    plain = coding.startswith("utf-8") and between == ","
    assert said == "" if plain else f", with {words}" in said and "artists.csv" in said


@pytest.mark.parametrize(
    ("files", "classes"),
    [
        (["my paintings/a/1.jpg", "my paintings/b/1.jpg"], ["a", "b"]),
        (["Images/cats/1.jpg", "Images/dogs/1.jpg"], ["cats", "dogs"]),
        (["x/y/a/1.jpg", "x/y/b/1.jpg", "x/y/__MACOSX/b/1.jpg"], ["a", "b"]),
        (["cats/1.jpg", "cats/2.jpg"], ["cats"]),  # the one class is no wrapper
        (["cats/1.jpg", "cats/old/2.jpg"], ["cats"]),
        (["a/1.jpg", "b/1.jpg"], ["a", "b"]),
    ],
)
def test_a_folder_that_only_wraps_another_is_looked_through(tmp_path, files, classes):
    for file in files:
        put(tmp_path / file, file.encode())
    assert [artist.name for artist in read_artists(tmp_path)] == classes


def test_the_csv_of_a_wrapped_set_is_found(tmp_path):
    put(tmp_path / "archive/artists.csv", b"name,genre\nPaul Klee,Cubism\n")
    put(tmp_path / "archive/Images/Paul_Klee/Paul_Klee_1.jpg")
    assert [(a.name, a.genres, len(a.files)) for a in read_artists(tmp_path)] == [
        ("Paul Klee", ("Cubism",), 1)
    ]


def test_a_folder_without_permission_is_named(tmp_path, monkeypatch):
    put(tmp_path / "open/1.jpg")
    put(tmp_path / "shut/1.jpg")
    scandir = os.scandir

    def guarded(path):  # chmod does not stop root
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = {artist.name: artist.files for artist in read_artists(tmp_path)}
    assert found["shut"] == (tmp_path / "shut",)  # reading it will name the reason
    monkeypatch.setattr(
        Path, "iterdir", lambda path: (_ for _ in ()).throw(PermissionError(13, "denied"))
    )
    with pytest.raises(DatasetError, match=r"cannot be looked into \(denied\)"):
        read_artists(tmp_path)


def test_names_whose_bytes_are_no_utf8_can_be_printed():
    assert repair_name(os.fsdecode("Café".encode("cp1252"))) == "Café"
