package api

import "assay/classifier"

// example is a product that a first-time visitor can try.
type example struct {
	Slug  string // in the address: /?example=slug
	Field string // line of business
	classifier.Product
}

// examples are written like datasheets, from different fields; the last is
// ordinary goods.
var examples = []example{
	{"converter", "Electronics", classifier.Product{
		Name:        "Two-channel RF sampling ADC",
		Description: "Monolithic analog-to-digital converter for wideband receivers. Two channels, each 14 bits at up to 3 GSPS, with on-chip digital down-conversion and a JESD204C serial output. Supplied in a 144-ball BGA for an ambient of -40 to +85 °C. Typical uses are radar receivers, spectrum monitoring and multi-carrier base stations.",
		Attributes:  classifier.Attributes{"resolution": "14 bit", "sample rate": "3 GSPS", "interface": "JESD204C"},
	}},
	{"phone-catcher", "Surveillance", classifier.Product{
		Name:        "Vehicle-mounted cell-site simulator",
		Description: "IMSI catcher for tactical teams. It poses as a base station on 2G, 4G and 5G bands, makes handsets nearby register with it, records their IMSI and IMEI, and locates a chosen phone to within a few metres. An optional licence adds interception of voice calls and text messages over the air interface.",
	}},
	{"network-probe", "Surveillance", classifier.Product{
		Name:        "Carrier-grade traffic intelligence platform",
		Description: "Monitoring centre with passive probes for IP backbone links of a national carrier. The probes classify sessions by deep packet inspection, extract metadata and message content, and index it. Analysts search by hard selectors such as a phone number or mail address, and a relationship graph shows who is in touch with whom.",
	}},
	{"milling-machine", "Machine tools", classifier.Product{
		Name:        "Five-axis machining centre",
		Description: "Bridge-type milling machine for impellers, blisks and mould inserts. Five axes contour at the same time under CNC; linear axes travel 650 × 520 × 475 mm with glass scales, unidirectional positioning repeatability of 0.9 µm. Tilting rotary table, 24,000 rpm spindle, 60-pocket tool magazine.",
	}},
	{"thermal-core", "Optics", classifier.Product{
		Name:        "Uncooled thermal camera core",
		Description: "Long-wave infrared camera module around a vanadium-oxide microbolometer focal plane array of 640 × 512 elements, 12 µm pitch, 60 Hz frame rate. Sensitivity below 40 mK. Made for drones, handheld viewers and process monitoring; video over USB or MIPI.",
	}},
	{"gyroscope", "Navigation", classifier.Product{
		Name:        "Single-axis fibre-optic gyroscope",
		Description: "Closed-loop fiber optic gyro for inertial navigation, platform stabilisation and north finding. Bias stability 0.01 °/h, angle random walk 0.002 °/√h, scale factor error 20 ppm. Digital output over RS-422, survives 20 g vibration.",
		Attributes:  classifier.Attributes{"bias stability": "0.01 °/h", "angle random walk": "0.002 °/√h"},
	}},
	{"process-valve", "Process plant", classifier.Product{
		Name:        "Bellows-sealed globe valve DN 50",
		Description: "Control valve for aggressive and toxic media. Body, bonnet and trim are of alloy C-276, the stem is sealed by a metal bellows with a safety stuffing box behind it. Nominal size DN 50, PN 40, pneumatic actuator with positioner.",
	}},
	{"desk", "Everyday goods", classifier.Product{
		Name:        "Height-adjustable standing desk",
		Description: "Office desk with two electric columns, laminated table top of 160 × 80 cm, four memory positions and a cable tray. Lifts 120 kg. Delivered flat-packed with tools.",
	}},
}

func exampleOf(slug string) (example, bool) {
	for _, e := range examples {
		if e.Slug == slug {
			return e, true
		}
	}
	return example{}, false
}
