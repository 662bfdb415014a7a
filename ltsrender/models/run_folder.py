"""Run folders of the original Latent Timbre Synthesis, imported into model files of ours.

A run is ``config.ini`` and ``model/mymodel_last.h5``. The config tells how its frames were made
(`ltsrender.signal.librosa_cqt`), the h5 file the network; nothing else in the folder is needed,
and the paths that the config holds are those of another machine.
"""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ltsrender.errors import ModelError, Problem, nearest
from ltsrender.models.card import MOST_LETTERS
from ltsrender.models.checkpoint import save_model
from ltsrender.models.keras_file import read_keras_file
from ltsrender.models.original import OriginalVAE
from ltsrender.models.original_card import OriginalCard, original_latent_names
from ltsrender.signal.librosa_cqt import LibrosaSpec, bands_for
from ltsrender.version import __version__

if TYPE_CHECKING:
    from ltsrender.models.keras_file import KerasNetwork

CONFIG_NAME = "config.ini"
MODEL_PLACE = Path("model") / "mymodel_last.h5"
MAX_CONFIG_BYTES = 1_000_000
MOST_KEYS = 400
_NUMBERS = ("sample_rate", "hop_length", "bins_per_octave", "num_octaves")


@dataclass(frozen=True)
class RunConfig:
    """What a run's ``config.ini`` says.

    Attributes
    ----------
    frames
        How the run's frames were made.
    latent_dim
        Latents, as the run's own section says.
    entries
        Every ``section.key`` and its value, as written.
    """

    frames: LibrosaSpec
    latent_dim: int
    entries: dict[str, str]


def import_run(run: Path, target: Path, *, name: str = "", licence: str = "") -> OriginalCard:
    """Import a run of the original into a model file.

    Parameters
    ----------
    run
        The run's folder.
    target
        The file to write.
    name, licence
        For the card; the name is the file's when it is empty.

    Returns
    -------
    OriginalCard
        What the file says about itself.

    Raises
    ------
    ModelError
        With everything that is wrong in the folder.
    RenderError
        When the model cannot be written.
    """
    files = _files_of(run)
    problems: list[Problem] = []
    config, network = None, None
    try:
        config = read_run_config(files[0])
    except ModelError as error:
        problems += error.problems
    try:
        network = read_keras_file(files[1])
    except ModelError as error:
        problems += error.problems
    if config is not None and network is not None:
        problems += _disagreements(files[0], config, network)
    if problems or config is None or network is None:
        raise ModelError(problems)
    stem = target.stem.encode("utf-8", "replace").decode()
    card = _card(config, network, name or stem, licence)
    save_model(target, _filled(card, network), card)
    return card


def _card(config: RunConfig, network: KerasNetwork, name: str, licence: str) -> OriginalCard:
    return OriginalCard(
        name=name,
        transform=bands_for(config.frames).to_dict(),
        frames=config.frames.to_dict(),
        latent_names=original_latent_names(network.n_latents),
        encoder=network.encoder,
        decoder=network.decoder,
        run=config.entries,
        versions={"ltsrender": __version__, "keras": network.keras_version},
        licence=licence,
        created_with=f"ltsrender {__version__}, imported from the original",
    )


def _filled(card: OriginalCard, network: KerasNetwork) -> OriginalVAE:
    with torch.device("meta"):
        vae = OriginalVAE(card)
    vae.load_state_dict(
        {key: torch.from_numpy(values) for key, values in network.weights.items()}, assign=True
    )
    return vae


def _files_of(run: Path) -> tuple[Path, Path]:
    """Return config and model of a run; say what is missing, and where a run may be instead."""
    if not run.is_dir():
        words = "is a file; the folder of a run is needed" if run.exists() else "does not exist"
        inside = run.suffix == ".h5" and run.exists()
        near_folder = str(run.parent.parent) if inside else _near(run)
        raise ModelError(Problem(words, run, suggestion=near_folder))
    config, model = run / CONFIG_NAME, run / MODEL_PLACE
    problems = [
        Problem(f"is not there; a run of the original has {CONFIG_NAME} and {MODEL_PLACE}", file)
        for file in (config, model)
        if not file.is_file()
    ]
    if problems:
        inner = sorted(found.parent for found in run.glob(f"*/{CONFIG_NAME}"))
        near = str(inner[-1]) if inner else ""
        first = problems[0]
        raise ModelError([Problem(first.message, first.file, suggestion=near), *problems[1:]])
    return config, model


def _near(run: Path) -> str:
    try:
        names = [entry.name for entry in run.parent.iterdir() if entry.is_dir()]
    except OSError:
        return ""
    return nearest(run.name, names)


def read_run_config(path: Path) -> RunConfig:
    """Read a run's ``config.ini``.

    Raises
    ------
    ModelError
        With everything that is wrong in it.
    """
    parser = _parsed(path)
    problems: list[Problem] = []
    section = next((name for name in ("VAE", "CVAE") if parser.has_section(name)), "")
    if not section:
        found = ", ".join(parser.sections()[:10]) or "none"
        problems.append(Problem(f"has neither a section VAE nor CVAE; it has {found}", path))
    numbers = {key: _whole(parser, "audio", key, path, problems) for key in _NUMBERS}
    latent_dim = _whole(parser, section, "latent_dim", path, problems) if section else 0
    frames = None
    if not problems:
        try:
            frames = LibrosaSpec(
                sample_rate_hz=numbers["sample_rate"],
                hop_samples=numbers["hop_length"],
                bins_per_octave=numbers["bins_per_octave"],
                n_bins=numbers["bins_per_octave"] * numbers["num_octaves"],
            )
        except ValueError as error:
            problems.append(Problem(f"cannot be rendered: {error}", path, "audio"))
    if problems or frames is None:
        raise ModelError(problems)
    entries = {
        f"{name}.{key}": value for name in parser.sections() for key, value in parser.items(name)
    }
    return RunConfig(frames, latent_dim, _shortened(entries))


def _parsed(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CONFIG_BYTES + 1)
        if len(content) > MAX_CONFIG_BYTES:
            raise ModelError(Problem("has more than 1 MB; it is no config of a run", path))
        parser.read_string(content.decode("utf-8-sig"))
    except OSError as error:
        raise ModelError(Problem(f"cannot be read: {error.strerror}", path)) from error
    except (UnicodeDecodeError, configparser.Error) as error:
        words = f"is not what configparser writes: {str(error).splitlines()[0]}"
        raise ModelError(Problem(words, path)) from error
    return parser


def _whole(
    parser: configparser.ConfigParser,
    section: str,
    key: str,
    path: Path,
    problems: list[Problem],
) -> int:
    if not parser.has_option(section, key):
        keys = parser.options(section) if parser.has_section(section) else []
        place = f"[{section}] {key}"
        problems.append(Problem("is missing", path, place, nearest(key, keys)))
        return 0
    text = parser.get(section, key).strip()
    # Seven digits: nothing that a run counts needs more, and int() of a million digits takes hours.
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 7:
        words = f"is {text[:40]!r}; a whole number is needed"
        problems.append(Problem(words, path, f"[{section}] {key}"))
        return 0
    return int(text)


def _shortened(entries: dict[str, str]) -> dict[str, str]:
    return {
        key[:MOST_LETTERS]: value[:MOST_LETTERS] for key, value in list(entries.items())[:MOST_KEYS]
    }


def _disagreements(path: Path, config: RunConfig, network: KerasNetwork) -> list[Problem]:
    problems = []
    if config.frames.n_bins != network.n_bins:
        problems.append(
            Problem(
                f"has {config.frames.bins_per_octave} x {config.frames.n_octaves} = "
                f"{config.frames.n_bins} bins; the network takes {network.n_bins}",
                path,
                "[audio] bins_per_octave, num_octaves",
            )
        )
    if config.latent_dim != network.n_latents:
        words = f"is {config.latent_dim}; the network has {network.n_latents} latents"
        problems.append(Problem(words, path, "latent_dim"))
    return problems
