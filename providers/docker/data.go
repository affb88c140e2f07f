package docker

// dataTypes are the data sources.
func dataTypes() map[string]dataType {
	return map[string]dataType{}
}
