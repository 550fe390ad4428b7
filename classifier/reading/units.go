package reading

import "strings"

// units that datasheets glue to a number without a space. The list only cuts
// tokens apart; what a unit means is not known here.
var units = set("bit bits byte bytes b kb mb gb tb w mw kw mwatt v mv kv kva a ma ka hz khz mhz ghz thz s ms us ns ps fs m mm cm km um µm nm "+
	"g mg kg t n kn mn pa kpa mpa gpa bar mbar psi k c f j mj kj ev kev mev gev db dbm dbi dbc sps ksps msps gsps ch rpm l ml hp lb lbs oz in ft "+
	"mil mils nit nits lux lm fps mp mpx px tops flops tflops gflops pflops gbps mbps kbps tbps baud cst ppm ppb axis pin pins core cores ohm "+
	"gy rad krad mrad inch port ports channel channels degree deg arcsec", " ")

// unitParts may stand on either side of a slash in a compound unit.
var unitParts = set("b kb mb gb tb bit bits kbit mbit gbit s sec ms us µs h hr hrs hour min m mm cm km kg g mg n kn w mw kw v mv µv uv nv nt pt ft hz √hz "+
	"sqrthz rt-hz rthz √hr √h rthr deg ° deg/s gs ms ks sa ksa msa gsa a c k f j l ml psi pa in d day um µm nm cm2 cm3 m2 m3 mm2 sr r rev rad urad µrad ppm", " ")

// isUnit reports whether a chunk with joining marks is a unit such as "GS/s",
// "°/h" or "kg/m3" and has to stay whole.
func isUnit(chunk string) bool {
	parts := strings.Split(strings.ToLower(chunk), "/")
	if len(parts) < 2 || len(parts) > 3 {
		return false
	}
	for _, p := range parts {
		if !unitParts[p] {
			return false
		}
	}
	return true
}

// foldUnit gives the spellings of one compound unit a common form.
func foldUnit(chunk string) string {
	parts := strings.Split(strings.ToLower(chunk), "/")
	for i, p := range parts {
		if common, ok := unitSpelling[p]; ok {
			parts[i] = common
		}
	}
	return strings.Join(parts, "/")
}

var unitSpelling = map[string]string{"deg": "°", "hour": "h", "hrs": "h", "hr": "h", "sec": "s", "sqrthz": "√hz", "rt-hz": "√hz", "rthz": "√hz",
	"√hr": "√h", "rthr": "√h", "gsa": "gs", "msa": "ms", "ksa": "ks", "mbit": "mb", "gbit": "gb", "kbit": "kb",
	"µv": "uv", "µm": "um", "µs": "us", "µrad": "urad"}

func set(words, sep string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Split(words, sep) {
		m[w] = true
	}
	return m
}
