package reading

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// measure is a unit as a multiple of its base.
type measure struct {
	base   string
	factor float64
}

// prefixes of units; a capital M and a small m differ, for what keeps to it.
var prefixes = map[string]float64{"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}

// prefixed are units that take prefixes, by spelling.
var prefixed = map[string]string{
	"Hz": "Hz", "W": "W", "V": "V", "A": "A", "J": "J", "Pa": "Pa", "bar": "bar", "N": "N", "s": "s", "m": "m", "g": "g", "eV": "eV", "Gy": "Gy", "rad": "rad",
	"Ω": "Ω", "ohm": "Ω", "F": "F", "H": "H", "K": "K", "VA": "VA", "Ah": "Ah", "Wh": "Wh", "l": "l", "L": "l",
	"bit": "bit", "b": "bit", "byte": "byte", "B": "byte", "bps": "bit/s", "b/s": "bit/s", "bit/s": "bit/s", "B/s": "byte/s",
	"SPS": "S/s", "sps": "S/s", "S/s": "S/s", "Sa/s": "S/s", "FLOPS": "flop/s", "OPS": "op/s", "px": "px", "pixel": "px", "P": "px", "p": "px",
}

// plain are units without prefixes, by spelling in small letters.
var plain = map[string]measure{
	"%": {"%", 1}, "percent": {"%", 1}, "ppm": {"ppm", 1}, "ppb": {"ppb", 1}, "°": {"°", 1}, "deg": {"°", 1}, "degree": {"°", 1}, "degrees": {"°", 1},
	"°c": {"°C", 1}, "℃": {"°C", 1}, "°f": {"°F", 1}, "db": {"dB", 1}, "dbm": {"dBm", 1}, "dbi": {"dBi", 1}, "dbc": {"dBc", 1},
	"dbc/hz": {"dBc/Hz", 1}, "rpm": {"rpm", 1}, "fps": {"fps", 1}, "h": {"h", 1}, "hour": {"h", 1}, "hours": {"h", 1}, "min": {"min", 1}, "minutes": {"min", 1},
	"cm": {"m", 1e-2}, "inch": {"in", 1}, "inches": {"in", 1}, "ft": {"ft", 1}, "lb": {"lb", 1}, "lbs": {"lb", 1}, "psi": {"psi", 1}, "hp": {"hp", 1}, "t": {"g", 1e6},
	"°/h": {"°/h", 1}, "°/√h": {"°/√h", 1}, "°/s": {"°/s", 1}, "l/min": {"l/min", 1}, "m/s": {"m/s", 1}, "km/h": {"km/h", 1}, "mm/s": {"m/s", 1e-3}, "l/h": {"l/h", 1},
	"axis": {"axis", 1}, "axes": {"axis", 1}, "channel": {"channel", 1}, "channels": {"channel", 1}, "ch": {"channel", 1}, "core": {"core", 1}, "cores": {"core", 1},
	"pin": {"pin", 1}, "pins": {"pin", 1}, "port": {"port", 1}, "ports": {"port", 1}, "qubit": {"qubit", 1}, "qubits": {"qubit", 1},
	"volt": {"V", 1}, "volts": {"V", 1}, "watt": {"W", 1}, "watts": {"W", 1}, "bits": {"bit", 1}, "bytes": {"byte", 1}, "metre": {"m", 1}, "metres": {"m", 1},
	"meter": {"m", 1}, "meters": {"m", 1}, "km": {"m", 1e3}, "second": {"s", 1}, "seconds": {"s", 1}, "gram": {"g", 1}, "grams": {"g", 1}, "litre": {"l", 1},
	"litres": {"l", 1}, "liter": {"l", 1}, "liters": {"l", 1}, "megapixel": {"px", 1e6}, "megapixels": {"px", 1e6}, "mp": {"px", 1e6},
	"mah": {"Ah", 1e-3}, "cst": {"cSt", 1},
}

// usual settles what a unit in the wrong case most often means.
var usual = map[string]measure{
	"hz": {"Hz", 1}, "khz": {"Hz", 1e3}, "mhz": {"Hz", 1e6}, "ghz": {"Hz", 1e9}, "thz": {"Hz", 1e12}, "w": {"W", 1}, "mw": {"W", 1e-3}, "kw": {"W", 1e3}, "v": {"V", 1},
	"mv": {"V", 1e-3}, "kv": {"V", 1e3}, "ma": {"A", 1e-3}, "kb": {"byte", 1e3}, "mb": {"byte", 1e6}, "gb": {"byte", 1e9}, "tb": {"byte", 1e12},
	"ksps": {"S/s", 1e3}, "msps": {"S/s", 1e6}, "gsps": {"S/s", 1e9}, "ks/s": {"S/s", 1e3}, "ms/s": {"S/s", 1e6}, "gs/s": {"S/s", 1e9},
	"kbps": {"bit/s", 1e3}, "mbps": {"bit/s", 1e6}, "gbps": {"bit/s", 1e9}, "tbps": {"bit/s", 1e12}, "mbit/s": {"bit/s", 1e6}, "gbit/s": {"bit/s", 1e9},
	"tops": {"op/s", 1e12}, "tflops": {"flop/s", 1e12}, "gflops": {"flop/s", 1e9}, "pflops": {"flop/s", 1e15}, "kpa": {"Pa", 1e3}, "mpa": {"Pa", 1e6}, "gpa": {"Pa", 1e9},
	"mm": {"m", 1e-3}, "nm": {"m", 1e-9}, "um": {"m", 1e-6}, "kg": {"g", 1e3}, "mg": {"g", 1e-3}, "kn": {"N", 1e3}, "kohm": {"Ω", 1e3}, "ms": {"s", 1e-3}, "us": {"s", 1e-6}, "ns": {"s", 1e-9},
}

// unitAt reads the unit that follows a number ending at pos, with or without a
// space or hyphen between them, and returns where it ends.
func unitAt(text string, pos int) (measure, int, bool) {
	for _, gap := range []string{"", " ", "-", "\u00a0", "\u202f", "\u2009", "‑"} {
		rest, ok := strings.CutPrefix(text[pos:], gap)
		if !ok || rest == "" {
			continue
		}
		start := len(text) - len(rest)
		// The longest run of letters and signs, then shorter ones at each slash:
		// "GS/s" is a unit, of "MHz/channel" the first part is.
		for end := unitEnd(text, start); end > start; {
			if m, ok := measureOf(text[start:end]); ok {
				return m, end, true
			}
			end = start + max(0, strings.LastIndexByte(text[start:end], '/'))
		}
	}
	return measure{}, pos, false
}

// unitEnd returns the end of what could be a unit.
func unitEnd(text string, start int) int {
	end := start
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		slash := r == '/' && end > start
		if !slash && !(unicode.IsLetter(r) && !isCJK(r)) && !strings.ContainsRune("%°√", r) {
			break
		}
		end += size
	}
	for strings.HasSuffix(text[start:end], "/") {
		end--
	}
	if r, _ := utf8.DecodeRuneInString(text[end:]); unicode.IsDigit(r) {
		return start // "5G1", "3D2": a name
	}
	return end
}

func measureOf(s string) (measure, bool) {
	for p, factor := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			base, ok := prefixed[rest]
			switch {
			case !ok, (rest == "P" || rest == "p") && p != "M" && p != "G":
				continue // 4p is no number of pixels
			case p == "m" && (base == "bit" || base == "byte"):
				factor = 1e6 // nobody has thousandths of them
			}
			return measure{base, factor}, true
		}
	}
	small := strings.ToLower(s)
	if m, ok := plain[foldUnit(small)]; ok {
		return m, true
	}
	m, ok := usual[foldUnit(small)]
	return m, ok
}
