package funcs

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"

	"github.com/hashicorp/go-cty-funcs/crypto"
	"github.com/hashicorp/go-cty-funcs/uuid"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/crypto/ssh"
)

func addHashes(t table) {
	t.add("base64sha256", newFunc(cty.String, base64SHA256, stringParam("str")))
	t.add("base64sha512", newFunc(cty.String, base64SHA512, stringParam("str")))
	t.add("md5", guardNotNull(crypto.Md5Func))
	t.add("rsadecrypt", newFunc(cty.String, rsaDecrypt, stringParam("ciphertext"), stringParam("privatekey")))
	t.add("sha1", guardNotNull(crypto.Sha1Func))
	t.add("sha256", guardNotNull(crypto.Sha256Func))
	t.add("sha512", guardNotNull(crypto.Sha512Func))
	t.add("uuidv5", guardNotNull(uuid.V5Func))
}

func base64SHA256(args []cty.Value) (cty.Value, error) {
	sum := sha256.Sum256([]byte(args[0].AsString()))
	return cty.StringVal(base64.StdEncoding.EncodeToString(sum[:])), nil
}

func base64SHA512(args []cty.Value) (cty.Value, error) {
	sum := sha512.Sum512([]byte(args[0].AsString()))
	return cty.StringVal(base64.StdEncoding.EncodeToString(sum[:])), nil
}

func rsaDecrypt(args []cty.Value) (cty.Value, error) {
	ciphertext, err := decodeBase64(args[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	parsed, err := ssh.ParseRawPrivateKey([]byte(args[1].AsString()))
	if _, locked := err.(*ssh.PassphraseMissingError); locked {
		return cty.NilVal, function.NewArgErrorf(1, "the key is protected by a passphrase; give it without one")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return cty.NilVal, function.NewArgErrorf(1, "this is not an RSA private key in PEM form")
	}
	//lint:ignore SA1019 the padding is part of what the function is defined to undo
	plain, err := rsa.DecryptPKCS1v15(nil, key, ciphertext)
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "it cannot be decrypted; it may be damaged or made for another key")
	}
	return text(plain)
}
