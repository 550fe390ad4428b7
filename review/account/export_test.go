package account

// CountHashes has f told of each hash that is computed.
func (s *Service) CountHashes(f func()) { s.hasher.count = func(string) { f() } }
