package report

// Formats are all that there are.
func Formats() []Format {
	all := make([]Format, len(formats))
	for i := range formats {
		all[i] = formats[i].format
	}
	return all
}
