"""Run folders of the original Latent Timbre Synthesis, imported into model files of ours.

A run is ``config.ini`` and a file of weights in ``model``. The config tells how its frames were
made (`ltsrender.signal.librosa_cqt`), the weights the network; nothing else in the folder is
needed, and the paths that the config holds are those of another machine.

The original wrote ``mymodel_last.h5``. Its PyTorch port writes ``best_model_state.pt`` once the
loss has fallen, and ``checkpoints/ckpt_00400`` on the way: the best is taken, else the last
checkpoint, else whatever ``.pt`` there is. Their configs differ in one word (``sampling_rate``);
the port's ``cqt_fmin`` is never used by it, so its frames begin at C1 as the original's do.
"""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ltsrender.errors import ModelError, Problem, nearest
from ltsrender.models.apart import read_network
from ltsrender.models.card import MOST_LETTERS
from ltsrender.models.checkpoint import save_model
from ltsrender.models.layers import Dense
from ltsrender.models.original import OriginalVAE
from ltsrender.models.original_card import OriginalCard, original_latent_names
from ltsrender.signal.librosa_cqt import LibrosaSpec, bands_for
from ltsrender.version import __version__

if TYPE_CHECKING:
    from ltsrender.models.original_network import OriginalNetwork

CONFIG_NAME = "config.ini"
KERAS_PLACE = Path("model") / "mymodel_last.h5"
TORCH_PLACE = Path("model") / "best_model_state.pt"
MAX_CONFIG_BYTES = 1_000_000
MOST_KEYS = 400
_NUMBERS = ("sample_rate", "hop_length", "bins_per_octave", "num_octaves")
_OTHER_WORD = {"sample_rate": "sampling_rate"}
"""What the PyTorch port says instead."""


@dataclass(frozen=True)
class RunConfig:
    """What a run's ``config.ini`` says.

    Attributes
    ----------
    frames
        How the run's frames were made.
    latent_dim
        Latents, as the run's own section says.
    n_units
        Units of the hidden layer; None where the section does not say one number.
    entries
        Every ``section.key`` and its value, as written.
    """

    frames: LibrosaSpec
    latent_dim: int
    n_units: int | None
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
        network = read_network(files[1])
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


def _card(config: RunConfig, network: OriginalNetwork, name: str, licence: str) -> OriginalCard:
    return OriginalCard(
        name=name,
        transform=bands_for(config.frames).to_dict(),
        frames=config.frames.to_dict(),
        latent_names=original_latent_names(network.n_latents),
        encoder=network.encoder,
        decoder=network.decoder,
        run=config.entries,
        versions={"ltsrender": __version__, **network.versions},
        licence=licence,
        created_with=f"ltsrender {__version__}, imported from the original",
    )


def _filled(card: OriginalCard, network: OriginalNetwork) -> OriginalVAE:
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
        raise ModelError(Problem(words, run, suggestion=_run_around(run) or _near(run)))
    config, model = run / CONFIG_NAME, _model_of(run)
    problems = [
        Problem(
            f"is not there; a run of the original has {CONFIG_NAME} and {KERAS_PLACE} (its "
            f"PyTorch port {TORCH_PLACE})",
            file,
        )
        for file in (config, model)
        if not file.is_file()
    ]
    if problems:
        inner = sorted(found.parent for found in run.glob(f"*/{CONFIG_NAME}"))
        near = str(inner[-1]) if inner else ""
        first = problems[0]
        raise ModelError([Problem(first.message, first.file, suggestion=near), *problems[1:]])
    return config, model


def _model_of(run: Path) -> Path:
    """Return the file of weights that a run is taken to mean, whether it is there or not."""
    # As the numbers grow, so do the names: %05d becomes six digits long after 99999.
    checkpoints = sorted(
        run.glob("model/checkpoints/ckpt_*"), key=lambda file: (len(file.name), file.name)
    )
    others = [*sorted(run.glob("model/*.pt")), *sorted(run.glob("*.pt"))]
    wanted = [run / KERAS_PLACE, run / TORCH_PLACE, *checkpoints[::-1], *others]
    return next((file for file in wanted if file.is_file()), wanted[0])


def _run_around(file: Path) -> str:
    """Return the run that a file of weights lies in, if it does."""
    if not file.is_file():
        return ""
    folders = [folder for folder in file.parents[:3] if (folder / CONFIG_NAME).is_file()]
    return str(folders[0]) if folders else ""


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
    numbers = {}
    for key in _NUMBERS:
        other = _OTHER_WORD.get(key, key)
        word = other if parser.has_option("audio", other) else key
        numbers[key] = _whole(parser, "audio", word, path, problems)
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
    units = (parser.get(section, "n_units", fallback="") or "").strip()
    n_units = int(units) if units.isascii() and units.isdigit() and len(units) <= 7 else None
    entries = {
        f"{name}.{key}": value or ""
        for name in parser.sections()
        for key, value in parser.items(name)
    }
    return RunConfig(frames, latent_dim, n_units, _shortened(entries))


def _parsed(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
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
    text = (parser.get(section, key) or "").strip()
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


def _disagreements(path: Path, config: RunConfig, network: OriginalNetwork) -> list[Problem]:
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
    # The port has one hidden layer; what the original's scripts make of n_units differs.
    hidden = network.encoder[0]
    is_port = "keras" not in network.versions
    n_units = hidden.n_out if is_port and isinstance(hidden, Dense) else config.n_units
    if config.n_units not in (None, n_units):
        words = f"is {config.n_units}; the network has {n_units} units"
        problems.append(Problem(words, path, "n_units"))
    return problems
