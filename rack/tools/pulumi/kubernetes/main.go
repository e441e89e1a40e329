// Command pulumi-resource-kubernetes is the Kubernetes plugin under the name and version that
// @pulumi/kubernetes 4.34.2 asks for: the plugin's own code, of the week of that release.
// The released binary cannot be downloaded on an offline machine, so the rack builds it from modules.
package main

import (
	"bytes"
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

const version = "4.34.2"

// Both files lie in the module beside its own main; build.sh lays them over this folder.
//
//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	// The module's file has no version; the release's has.
	versioned := bytes.Replace(schema, []byte("{"), []byte(`{"version":"`+version+`",`), 1)
	provider.Serve("kubernetes", version, versioned, terraformMapping)
}
