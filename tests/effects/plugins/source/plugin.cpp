// A one-pole filter with a delay line, for the tests of ltsrender's plugin host. It can be told to
// fail in every way a plugin can fail: see the parameter "Fault".
//
// ISC License
//
// Copyright (c) 2026 The ltsrender authors
//
// Permission to use, copy, modify, and/or distribute this software for any purpose with or without
// fee is hereby granted, provided that the above copyright notice and this permission notice
// appear in all copies.
//
// THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS
// SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE
// AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
// WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT,
// NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE
// OF THIS SOFTWARE.

#include "DistrhoPlugin.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <unistd.h>
#include <vector>

START_NAMESPACE_DISTRHO

enum { kCutoff, kGain, kLatency, kMode, kLie, kFault, kFaultAt, kCount };
enum { kNone, kCrash, kAbort, kHang, kNan, kInfinite, kPrint, kLater, kQuit, kFaults };

static const char* const faults[] = {
    "none", "crash", "abort", "hang", "nan", "infinite", "print", "later", "quit"};

class Filter : public Plugin {
    float value[kCount] = {1000, 0, 64, 0, 0, 0, 0};
    float memory[LTS_CHANNELS] = {};
    std::vector<float> line[LTS_CHANNELS];
    size_t head = 0;
    uint64_t heard = 0;

public:
    Filter() : Plugin(kCount, 0, 0) {
#ifdef LTS_CRASH_ON_LOAD
        std::abort();
#endif
#ifdef LTS_HANG_ON_LOAD
        for (;;) usleep(100000);
#endif
        declare();
    }

protected:
    const char* getLabel() const override { return LTS_NAME; }
    const char* getMaker() const override { return "ltsrender"; }
    const char* getLicense() const override { return "ISC"; }
    uint32_t getVersion() const override { return d_version(1, 2, 3); }
    int64_t getUniqueId() const override { return DISTRHO_PLUGIN_UNIQUE_ID; }

    void initParameter(uint32_t index, Parameter& p) override {
        p.hints = kParameterIsAutomatable;
        switch (index) {
        case kCutoff: number(p, "Cutoff", "cutoff", "Hz", 1000, 20, 20000); p.hints |= kParameterIsLogarithmic; break;
        case kGain: number(p, "Gain", "gain", "dB", 0, -60, 12); break;
        case kLatency: number(p, "Latency", "latency", "smp", 64, 0, 4096); p.hints |= kParameterIsInteger; break;
        case kMode: {
            static const char* const modes[] = {"Lowpass", "Highpass"};
            words(p, "Mode", "mode", modes, 2);
            break;
        }
        case kLie: number(p, "Lie", "lie", "smp", 0, -4096, 1000000); p.hints |= kParameterIsInteger; break;
        case kFault: words(p, "Fault", "fault", faults, kFaults); break;
        case kFaultAt: number(p, "Fault at", "fault_at", "s", 0, 0, 60); break;
        }
    }

    float getParameterValue(uint32_t index) const override { return value[index]; }

    void setParameterValue(uint32_t index, float given) override {
        value[index] = given;
        if (index == kLatency || index == kLie) declare();
    }

    void activate() override {
        for (float& m : memory) m = 0;
        heard = 0;
        declare();
    }

    void run(const float** in, float** out, uint32_t n) override {
        const int fault = int(value[kFault] + .5f);
        const bool now = heard / getSampleRate() >= value[kFaultAt];
        if (now && fault == kCrash) *(volatile int*)nullptr = 1;
        if (now && fault == kAbort) std::abort();
        if (now && fault == kHang) for (;;) usleep(100000);
        if (now && fault == kQuit) _exit(0);
        if (now && fault == kPrint) { std::printf("a plugin that talks\n"); std::fflush(stdout); }
        if (now && fault == kLater) setLatency(uint32_t(value[kLatency]) + 32);
        const float a = 1 - std::exp(-2 * M_PI * value[kCutoff] / getSampleRate());
        const float g = std::pow(10.f, value[kGain] / 20);
        const size_t length = line[0].size();
        for (uint32_t i = 0; i < n; i++) {
            for (int c = 0; c < LTS_CHANNELS; c++) {
                memory[c] += a * (in[c][i] - memory[c]);
                line[c][head] = g * (value[kMode] < .5f ? memory[c] : in[c][i] - memory[c]);
                out[c][i] = line[c][(head + 1) % length];
                if (now && fault == kNan) out[c][i] = std::numeric_limits<float>::quiet_NaN();
                if (now && fault == kInfinite) out[c][i] = std::numeric_limits<float>::infinity();
            }
            head = (head + 1) % length;
        }
        heard += n;
    }

private:
    void declare() {
        for (auto& channel : line) channel.assign(size_t(value[kLatency]) + 1, 0.f);
        head = 0;
        const double told = std::floor(value[kLatency]) + std::floor(value[kLie] + .5f);
        setLatency(told < 0 ? 0 : uint32_t(told));
    }

    static void number(Parameter& p, const char* name, const char* symbol, const char* unit,
                       float usual, float least, float most) {
        p.name = name; p.symbol = symbol; p.unit = unit;
        p.ranges.def = usual; p.ranges.min = least; p.ranges.max = most;
    }

    static void words(Parameter& p, const char* name, const char* symbol, const char* const* labels,
                      int count) {
        number(p, name, symbol, "", 0, 0, count - 1);
        p.hints |= kParameterIsInteger;
        p.enumValues.count = uint8_t(count);
        p.enumValues.restrictedMode = true;
        p.enumValues.values = new ParameterEnumerationValue[count];
        for (int i = 0; i < count; i++) {
            p.enumValues.values[i].label = labels[i];
            p.enumValues.values[i].value = i;
        }
    }

    DISTRHO_DECLARE_NON_COPYABLE_WITH_LEAK_DETECTOR(Filter)
};

Plugin* createPlugin() { return new Filter(); }

END_NAMESPACE_DISTRHO
