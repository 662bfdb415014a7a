"""The physics of the example's sounds: bars, shells, strings, lips and bows, one sample at a time.

A rigid body is a list of modes. A mode is a complex number that turns once per period and shrinks a
little at every sample: its real part is the velocity, its imaginary part the displacement times the
angular frequency. A string is a wave that runs back and forth in a delay line; a tube is the same
with air. What sets them in motion (hammer, bow, breath) is solved together with the body, so that
the body answers back: the hammer bounces, the bow sticks and slips, the jet of air finds its note.

References
----------
S. Bilbao, *Numerical Sound Synthesis*, Wiley 2009: modes, hammer contact, bow friction.
J. O. Smith, *Physical Audio Signal Processing*, W3K 2010: strings and tubes as delay lines.
A. French, "In vino veritas: a study of wineglass acoustics", Am. J. Phys. 51, 1983: the glass.
P. Cook, "A meta-wind-instrument physical model", ICMC 1992: the jet over the edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Signal = NDArray[np.float64]
SAMPLE_RATE_HZ = 44_100
OVERSAMPLING = 4  # hammer and bow need smaller steps than the ear does


@dataclass(frozen=True)
class Body:
    """Modes of a solid body.

    Attributes
    ----------
    frequency_hz, decay_s
        Float64[mode]: frequency, and the time to fall by 60 dB.
    touched
        Float64[mode]: how much a force where the body is struck or bowed moves the mode.
    heard
        Float64[listener, mode]: how much of the mode's velocity reaches each listener.
    """

    frequency_hz: Signal
    decay_s: Signal
    touched: Signal
    heard: Signal

    def part(self, which: slice | NDArray[np.bool_]) -> Body:
        """Return the body with some of its modes only."""
        tables = (self.frequency_hz, self.decay_s, self.touched, self.heard)
        return Body(*(table[..., which] for table in tables))

    def turns(self, sample_rate_hz: float) -> NDArray[np.complex128]:
        """Complex128[mode]: the factor by which each mode turns and shrinks in one sample."""
        decay = np.log(1000.0) / self.decay_s
        return np.exp((-decay + 2j * np.pi * self.frequency_hz) / sample_rate_hz)


@njit(cache=True)
def _ring(force, bend, frequency_hz, decay_s, touched, heard, sample_rate_hz):  # noqa: ANN001, ANN202 (numba infers)
    sound = np.zeros((heard.shape[0], force.size))
    for mode in range(frequency_hz.size):
        shrink = np.exp(-np.log(1000.0) / (decay_s[mode] * sample_rate_hz))
        angle = 2.0 * np.pi * frequency_hz[mode] / sample_rate_hz
        velocity = displacement = 0.0
        for now in range(force.size):
            cosine = shrink * np.cos(angle * bend[now])
            sine = shrink * np.sin(angle * bend[now])
            turned = cosine * velocity - sine * displacement
            displacement = sine * velocity + cosine * displacement
            velocity = turned + touched[mode] * force[now]
            for listener in range(heard.shape[0]):
                sound[listener, now] += heard[listener, mode] * velocity
    return sound


def ring(body: Body, force: Signal, bend: Signal | None = None) -> Signal:
    """Let a body ring under a force.

    Parameters
    ----------
    body
        The modes.
    force
        Float64[sample].
    bend
        Float64[sample]: what every frequency is multiplied by, for a body whose load moves.

    Returns
    -------
    Float64[listener, sample].
    """
    if bend is None:
        bend = np.ones(force.size)
    modes = (body.frequency_hz, body.decay_s, body.touched, body.heard)
    return _ring(force, bend, *modes, float(SAMPLE_RATE_HZ))


@njit(cache=True)
def _contact(turns, frequency_hz, touched, speed, mass, stiffness, step_s, n_steps):  # noqa: ANN001, ANN202 (numba infers)
    force = np.zeros(n_steps)
    state = np.zeros(turns.size, dtype=np.complex128)
    hammer, hammer_speed = 0.0, speed
    for now in range(n_steps):
        surface = 0.0
        for mode in range(turns.size):
            state[mode] *= turns[mode]
            surface += touched[mode] * state[mode].imag / (2.0 * np.pi * frequency_hz[mode])
        pressed = hammer - surface
        if pressed > 0.0:  # Hertz: a ball on a plate pushes back with the power 3/2
            force[now] = stiffness * pressed**1.5
        hammer_speed -= force[now] / mass * step_s
        hammer += hammer_speed * step_s
        for mode in range(turns.size):
            state[mode] += touched[mode] * force[now] * step_s
    return force


def strike(body: Body, speed: float, mass: float, stiffness: float, contact_s: float) -> Signal:
    """Throw a small hammer at a body and return the force of the contact.

    Parameters
    ----------
    body
        The modes, of mass 1 each.
    speed
        Of the hammer when it lands, in body units per second.
    mass, stiffness
        Of the hammer: heavy and soft is a thumb, light and hard is a nail.
    contact_s
        How long to look; the hammer may bounce several times.

    Returns
    -------
    Float64[sample]: the force as impulse per sample, at the sample rate.
    """
    step_s = 1.0 / (SAMPLE_RATE_HZ * OVERSAMPLING)
    n_steps = round(contact_s / step_s / OVERSAMPLING) * OVERSAMPLING
    turns = body.turns(SAMPLE_RATE_HZ * OVERSAMPLING)
    modes = (turns, body.frequency_hz, body.touched)
    force = _contact(*modes, speed, mass, stiffness, step_s, n_steps)
    return force.reshape(-1, OVERSAMPLING).sum(axis=1) * step_s


@njit(cache=True)
def _bow(turns, touched, heard, bow_speed, bow_force, sharpness, step_s):  # noqa: ANN001, ANN202 (numba infers)
    n_steps = bow_speed.size
    sound = np.zeros((heard.shape[0], n_steps))
    state = np.zeros(turns.size, dtype=np.complex128)
    mobility = step_s * np.sum(touched * touched)
    slip = 0.0
    for now in range(n_steps):
        surface = 0.0
        for mode in range(turns.size):
            state[mode] *= turns[mode]
            surface += touched[mode] * state[mode].real
        free = surface - bow_speed[now]  # the slip there would be without friction
        push = bow_force[now] * mobility
        for _ in range(40):  # Newton: slip = free - push * friction(slip)
            edge = sharpness * slip
            round_off = 1.0 + edge * edge
            residue = slip - free + push * 2.0 * edge / round_off
            slope = 1.0 + push * 2.0 * sharpness * (2.0 - round_off) / (round_off * round_off)
            change = residue / slope
            slip -= change
            if abs(change) < 1e-12:
                break
        edge = sharpness * slip
        impulse = -bow_force[now] * 2.0 * edge / (1.0 + edge * edge) * step_s
        for mode in range(turns.size):
            state[mode] += touched[mode] * impulse
            for listener in range(heard.shape[0]):
                sound[listener, now] += heard[listener, mode] * state[mode].real
    return sound


def bow(body: Body, bow_speed: Signal, bow_force: Signal, sharpness: float) -> Signal:
    """Draw a bow over a body: it sticks while slow and slips when pulled harder.

    Parameters
    ----------
    body
        The modes, of mass 1 each.
    bow_speed, bow_force
        Float64[sample].
    sharpness
        Of the friction 2 s / (1 + s^2), s = sharpness * slip, which is 1 at most: it grows while
        the bow sticks and falls once it slips, like the curves of Bilbao 2009, section 4.3; 5 is
        felt, 20 is rosin.

    Returns
    -------
    Float64[listener, sample].
    """
    fine_rate_hz = SAMPLE_RATE_HZ * OVERSAMPLING
    coarse = np.arange(bow_speed.size)
    fine = np.arange(bow_speed.size * OVERSAMPLING) / OVERSAMPLING
    # A bow is chaos: rounded tables keep it the same on processors whose sines differ in digit 16.
    turns = np.round(body.turns(fine_rate_hz), 10)
    speed = np.interp(fine, coarse, np.round(bow_speed, 9))
    force = np.interp(fine, coarse, np.round(bow_force, 9))
    sound = _bow(turns, body.touched, body.heard, speed, force, sharpness, 1.0 / fine_rate_hz)
    return np.stack([_thin(channel) for channel in sound])


def _thin(fine: Signal) -> Signal:
    """Keep every fourth sample after a windowed-sinc low-pass at 19 kHz."""
    reach = np.arange(-96, 97)
    cutoff = 2.0 * 19_000.0 / (SAMPLE_RATE_HZ * OVERSAMPLING)
    kernel = cutoff * np.sinc(cutoff * reach) * np.blackman(reach.size)
    return np.convolve(fine, kernel / kernel.sum(), mode="same")[::OVERSAMPLING]


@njit(cache=True)
def _read_back(line, now, delay):  # noqa: ANN001, ANN202 (numba infers)
    """Read a circular line ``delay`` samples ago: Lagrange interpolation of order 3."""
    whole = int(np.floor(delay)) - 1
    part = delay - whole  # 1..2: the middle of four taps, where the fit is best
    size = line.size
    a, b = line[(now - whole) % size], line[(now - whole - 1) % size]
    c, d = line[(now - whole - 2) % size], line[(now - whole - 3) % size]
    early = (part - 1.0) * (part - 2.0) * (-a * (part - 3.0) + d * part) / 6.0
    return early + part * (part - 3.0) * (b * (part - 2.0) - c * (part - 1.0)) / 2.0


@njit(cache=True)
def _strings(plucks, delay, gain, dull, stiff, n_stiff, bridge, buzz):  # noqa: ANN001, ANN202 (numba infers)
    n_strings, n_samples = plucks.shape
    lines = np.zeros((n_strings, 4096))
    wave, soft = np.zeros(n_strings), np.zeros(n_strings)
    stage_in = np.zeros((n_strings, n_stiff))
    stage_out = np.zeros((n_strings, n_stiff))
    sound = np.zeros(n_samples)
    for now in range(n_samples):
        for string in range(n_strings):
            lean = buzz[string] * max(0.0, lines[string, (now - 1) % 4096])
            arrived = _read_back(lines[string], now, delay[string] - min(lean, 12.0))
            soft[string] += (1.0 - dull[string]) * (arrived - soft[string])
            arrived = gain[string] * soft[string]
            for stage in range(n_stiff):
                passed = stiff[string] * (arrived - stage_out[string, stage])
                passed += stage_in[string, stage]
                stage_in[string, stage], stage_out[string, stage] = arrived, passed
                arrived = passed
            wave[string] = arrived
        sound[now] = np.sum(wave)
        for string in range(n_strings):  # what the bridge takes from one it gives to all
            shared = wave[string] - bridge * sound[now]
            lines[string, now % 4096] = shared + plucks[string, now]
    return sound


@dataclass(frozen=True)
class Strings:
    """Strings over one bridge, each a delay line closed on itself.

    Attributes
    ----------
    frequency_hz, decay_s
        Float64[string]: of the fundamental.
    dullness
        Float64[string] in 0..1: how much of the treble a round trip takes (a one-pole low-pass).
    stiffness
        Float64[string] in -1..0: the all-pass that lets high partials run ahead, so that they
        are sharp, as on a thick wire.
    buzz
        Float64[string]: how much a string that leans on a curved bridge, like the tanpura's,
        becomes shorter; 0 is a guitar.
    bridge
        How much of the waves the bridge hands from string to string, 0..0.1.
    """

    frequency_hz: Signal
    decay_s: Signal
    dullness: Signal
    stiffness: Signal
    buzz: Signal
    bridge: float = 0.0
    n_stiff: int = 6

    def delays(self) -> Signal:
        """Float64[string]: samples of pure delay that make the whole round trip one period."""
        angle = 2.0 * np.pi * self.frequency_hz / SAMPLE_RATE_HZ
        turn = np.exp(-1j * angle)
        low_pass = (1.0 - self.dullness) / (1.0 - self.dullness * turn)
        all_pass = (self.stiffness + turn) / (1.0 + self.stiffness * turn)
        lag = -(np.angle(low_pass) + self.n_stiff * np.angle(all_pass)) / angle
        return SAMPLE_RATE_HZ / self.frequency_hz - lag


def pluck(strings: Strings, plucks: Signal) -> Signal:
    """Let strings move and return the force on their bridge.

    Parameters
    ----------
    strings
        The strings.
    plucks
        Float64[string, sample]: displacement put into each string, see `pulled_string`.

    Returns
    -------
    Float64[sample].
    """
    gain = 10.0 ** (-3.0 / (strings.frequency_hz * strings.decay_s))
    tables = (strings.delays(), gain, strings.dullness, strings.stiffness)
    force = _strings(plucks, *tables, strings.n_stiff, strings.bridge, strings.buzz)
    return np.diff(force, prepend=0.0)  # the bridge feels the slope of the string


def pulled_string(frequency_hz: float, position: float, finger: float, hold: int) -> Signal:
    """Pull a string into a triangle and let it slip: what the finger puts into it.

    Parameters
    ----------
    frequency_hz
        Of the string.
    position
        Of the finger along the string, 0..1: near 0 is thin and bright.
    finger
        Width of the finger as a share of the period, 0..1: rounds the corner.
    hold
        Periods the finger takes to let go: 1 is a nail, 5 is flesh.

    Returns
    -------
    Float64[sample]: 2 ``hold`` periods that add up to a wave of peak 1 in the string.
    """
    period = round(SAMPLE_RATE_HZ / frequency_hz)
    place = np.arange(period) * 2.0 / period  # there and back again: 0..2
    along = np.where(place <= 1.0, place, 2.0 - place)
    triangle = np.minimum(along / position, (1.0 - along) / (1.0 - position))
    wave = np.tile(np.where(place <= 1.0, triangle, -triangle), 2 * hold + 2)
    corner = np.hanning(max(5, round(finger * period)))
    rounded = np.convolve(wave, corner / corner.sum(), mode="same")[period:-period]
    return rounded * np.hanning(rounded.size) / hold


@njit(cache=True)
def _jet(pressure, bore, jet, end_reflection, jet_reflection, dull):  # noqa: ANN001, ANN202 (numba infers)
    tube, stream = np.zeros(4096), np.zeros(4096)
    sound = np.zeros(pressure.size)
    soft = slow = before = 0.0
    for now in range(pressure.size):
        back = _read_back(tube, now, bore[now])
        soft += (1.0 - dull) * (back - soft)
        slow = -soft - before + 0.995 * slow  # the open end turns the wave over; no pressure stays
        before = -soft
        stream[now % 4096] = pressure[now] - jet_reflection * slow
        blown = _read_back(stream, now, jet[now])
        bent = max(-1.0, min(1.0, blown * (blown * blown - 1.0)))  # the jet's way over the edge
        tube[now % 4096] = bent + end_reflection * slow
        sound[now] = tube[now % 4096]
    return sound


def blow(pressure: Signal, frequency_hz: Signal, jet_share: float, dullness: float) -> Signal:
    """Blow over the edge of a tube.

    Parameters
    ----------
    pressure
        Float64[sample]: of the breath with its turbulence; below about 0.5 the tube only
        whispers, above it speaks, far above it jumps an octave.
    frequency_hz
        Float64[sample]: the tube's note.
    jet_share
        How long the jet takes to cross the mouth hole, in periods.
    dullness
        Loss of treble at the open end, 0..1.

    Returns
    -------
    Float64[sample].
    """
    lag = dullness / (1.0 - dullness) + 1.0
    bore = np.round(SAMPLE_RATE_HZ / frequency_hz - lag, 6)  # rounded for the reason given in bow
    return _jet(np.round(pressure, 6), bore, np.maximum(4.0, jet_share * bore), 0.5, 0.5, dullness)


@njit(cache=True)
def _settle(sound, keep):  # noqa: ANN001, ANN202 (numba infers)
    settled = np.zeros_like(sound)
    for channel in range(sound.shape[0]):
        before = slow = 0.0
        for now in range(sound.shape[1]):
            slow = sound[channel, now] - before + keep * slow
            before = sound[channel, now]
            settled[channel, now] = slow
    return settled


def without_drift(sound: Signal, below_hz: float) -> Signal:
    """Float64[channel, sample]: the sound without what is slower than hearing (one-pole)."""
    return _settle(sound, float(np.exp(-2.0 * np.pi * below_hz / SAMPLE_RATE_HZ)))
