package pdf

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"crypto/rc4"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
)

// decrypter undoes the encryption of files that open without a password.
// Makers of datasheets often forbid printing or copying that way; every viewer
// shows such a file to everybody. A file that wants a password is ErrEncrypted.
type decrypter struct {
	key      []byte
	aes      bool // else RC4
	perFile  bool // one key for all objects (version 5)
	identity bool // streams and strings are left as they are
}

var passwordPadding = []byte("\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a")

// newDecrypter finds the key for the empty user password.
func newDecrypter(f *file, d dict) (*decrypter, error) {
	version, revision := f.int(d["V"]), f.int(d["R"])
	if f.name(d["Filter"]) != "Standard" {
		return nil, ErrEncrypted
	}
	c := &decrypter{}
	bits := f.int(d["Length"])
	switch version {
	case 1:
		bits = 40
	case 2, 3:
		if bits == 0 {
			bits = 40
		}
	case 4, 5:
		bits = 128
		filter := f.dict(f.dict(d["CF"])[f.name(d["StmF"])])
		switch method := f.name(filter["CFM"]); {
		case f.name(d["StmF"]) == "Identity" || method == "None":
			c.identity = true
		case method == "AESV2" || method == "AESV3":
			c.aes = true
		case method != "V2":
			return nil, ErrEncrypted
		}
	default:
		return nil, ErrEncrypted
	}
	if bits < 40 || bits > 128 || bits%8 != 0 {
		return nil, ErrEncrypted
	}
	owner, _ := f.get(d["O"]).(str)
	user, _ := f.get(d["U"]).(str)
	if version == 5 {
		userKey, _ := f.get(d["UE"]).(str)
		c.perFile = true
		c.key = keyOfVersion5(revision, []byte(user), []byte(userKey))
		if c.key == nil {
			return nil, ErrEncrypted
		}
		return c, nil
	}
	if len(owner) < 32 || len(user) < 32 {
		return nil, ErrEncrypted
	}
	ids, _ := f.get(f.trailer["ID"]).(array)
	var id str
	if len(ids) > 0 {
		id, _ = f.get(ids[0]).(str)
	}
	h := md5.New()
	h.Write(passwordPadding)
	h.Write([]byte(owner[:32]))
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(f.int(d["P"]))))
	h.Write([]byte(id))
	if m, ok := f.get(d["EncryptMetadata"]).(bool); ok && !m && revision >= 4 {
		h.Write([]byte("\xff\xff\xff\xff"))
	}
	key := h.Sum(nil)
	n := bits / 8
	if revision >= 3 {
		for range 50 {
			sum := md5.Sum(key[:n])
			key = sum[:]
		}
	}
	c.key = key[:n]
	if !c.opens(revision, []byte(user), []byte(id)) {
		return nil, ErrEncrypted
	}
	return c, nil
}

// opens checks the key against the user entry.
func (c *decrypter) opens(revision int, user, id []byte) bool {
	if revision == 2 {
		return bytes.Equal(rc4Of(c.key, passwordPadding), user[:32])
	}
	sum := md5.Sum(append(bytes.Clone(passwordPadding), id...))
	u := rc4Of(c.key, sum[:])
	key := make([]byte, len(c.key))
	for i := 1; i <= 19; i++ {
		for j := range key {
			key[j] = c.key[j] ^ byte(i)
		}
		u = rc4Of(key, u)
	}
	return bytes.Equal(u, user[:16])
}

// keyOfVersion5 returns the file's key for the empty password, or nil.
func keyOfVersion5(revision int, user, userKey []byte) []byte {
	if len(user) < 48 || len(userKey) < 32 {
		return nil
	}
	hash := func(salt []byte) []byte {
		sum := sha256.Sum256(salt)
		if revision < 6 {
			return sum[:]
		}
		return hardened(sum[:])
	}
	if !bytes.Equal(hash(user[32:40]), user[:32]) {
		return nil
	}
	block, err := aes.NewCipher(hash(user[40:48]))
	if err != nil {
		return nil
	}
	key := make([]byte, 32)
	cipher.NewCBCDecrypter(block, make([]byte, aes.BlockSize)).CryptBlocks(key, userKey[:32])
	return key
}

// hardened is the slow hash of revision 6, for the empty password.
func hardened(k []byte) []byte {
	for round := 0; ; round++ {
		e := bytes.Repeat(k, 64)
		block, err := aes.NewCipher(k[:16])
		if err != nil {
			return nil
		}
		cipher.NewCBCEncrypter(block, k[16:32]).CryptBlocks(e, e)
		mod := 0
		for _, b := range e[:16] {
			mod += int(b)
		}
		switch mod % 3 {
		case 0:
			sum := sha256.Sum256(e)
			k = sum[:]
		case 1:
			sum := sha512.Sum384(e)
			k = sum[:]
		default:
			sum := sha512.Sum512(e)
			k = sum[:]
		}
		if round >= 63 && int(e[len(e)-1]) <= round-31 {
			return k[:32]
		}
	}
}

func rc4Of(key, data []byte) []byte {
	c, err := rc4.NewCipher(key)
	if err != nil {
		return nil
	}
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out
}

// stream decrypts the bytes of one object.
func (c *decrypter) stream(data []byte, r ref) []byte {
	if c.identity {
		return data
	}
	key := c.key
	if !c.perFile {
		h := md5.New()
		h.Write(key)
		h.Write([]byte{byte(r.num), byte(r.num >> 8), byte(r.num >> 16), byte(r.gen), byte(r.gen >> 8)})
		if c.aes {
			h.Write([]byte("sAlT"))
		}
		key = h.Sum(nil)[:min(len(c.key)+5, 16)]
	}
	if !c.aes {
		return rc4Of(key, data)
	}
	if len(data) < 2*aes.BlockSize {
		return nil
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil
	}
	iv, body := data[:aes.BlockSize], data[aes.BlockSize:]
	out := make([]byte, len(body)/aes.BlockSize*aes.BlockSize)
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, body[:len(out)])
	if pad := int(out[len(out)-1]); pad >= 1 && pad <= aes.BlockSize {
		out = out[:len(out)-pad]
	}
	return out
}

// strings decrypts the strings inside an object.
func (c *decrypter) strings(x any, r ref, depth int) any {
	if depth > maxNesting {
		return x
	}
	switch x := x.(type) {
	case str:
		return str(c.stream([]byte(x), r))
	case array:
		for i := range x {
			x[i] = c.strings(x[i], r, depth+1)
		}
	case dict:
		for k := range x {
			x[k] = c.strings(x[k], r, depth+1)
		}
	}
	return x
}
