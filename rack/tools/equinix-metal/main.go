// Command pulumi-resource-equinix-metal is the Equinix Metal plugin under the name and version that
// @pulumi/equinix-metal 2.0.0 asks for: the same Terraform provider code behind the same bridge.
// The released binary cannot be downloaded on an offline machine, so the rack builds it from modules.
package main

import (
	"strings"

	"github.com/equinix/terraform-provider-metal/metal"
	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv1 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v1"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

const (
	pkg       = "equinix-metal"
	version   = "2.0.0"
	tfPrefix  = "metal_"
	authToken = "METAL_AUTH_TOKEN"
)

// camel turns a Terraform name without its prefix into Pulumi's: reserved_ip_block -> reservedIpBlock.
func camel(name string) string {
	words := strings.Split(name, "_")
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	return strings.Join(words, "")
}

// token is equinix-metal:index/reservedIpBlock:ReservedIpBlock for metal_reserved_ip_block.
func token(tfName string) (module, member string) {
	name := camel(strings.TrimPrefix(tfName, tfPrefix))
	return pkg + ":index/" + name, strings.ToUpper(name[:1]) + name[1:]
}

func main() {
	provider := shimv1.NewProvider(metal.Provider().(*schema.Provider))
	info := tfbridge.ProviderInfo{
		P:              provider,
		Name:           "metal",
		ResourcePrefix: "metal",
		Version:        version,
		Config: map[string]*tfbridge.SchemaInfo{
			"auth_token": {Default: &tfbridge.DefaultInfo{EnvVars: []string{authToken, "PACKET_AUTH_TOKEN"}}},
		},
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	provider.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		module, member := token(name)
		info.Resources[name] = &tfbridge.ResourceInfo{Tok: tokens.Type(module + ":" + member)}
		return true
	})
	provider.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		_, member := token(name)
		info.DataSources[name] = &tfbridge.DataSourceInfo{
			Tok: tokens.ModuleMember(pkg + ":index/get" + member + ":get" + member),
		}
		return true
	})
	tfbridge.Main(pkg, version, info, []byte("{}"))
}
