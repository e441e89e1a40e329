# metadata -> {name, address, gateway}: who this machine is; empty when the metadata does not say yet.
select(type == "object" and (.hostname | type) == "string" and .hostname != "")
| .hostname as $name
| first(.network.addresses[]? | select(.address_family == 4 and .public == false and .management == true))
| select((.address | type) == "string" and (.gateway | type) == "string")
| {name: $name, address, gateway}
