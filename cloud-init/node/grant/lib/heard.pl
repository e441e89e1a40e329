#!/usr/bin/perl
# heard INTERFACE ADDRESS SECONDS: waits until another machine tells all of the network that it has ADDRESS, and ends
# with 1 if none does in time. That word (a gratuitous ARP) is what leads every client to it.
use strict;
use warnings;
use Socket qw(SOCK_DGRAM inet_aton);

# From linux/if_packet.h and linux/if_ether.h.
use constant { AF_PACKET => 17, ETH_P_ARP => 0x0806, PACKET_BROADCAST => 1 };

my ( $interface, $address, $left ) = @ARGV;
open my $file, '<', "/sys/class/net/$interface/ifindex" or die "no interface $interface: $!\n";
chomp( my $index = <$file> );

socket my $link, AF_PACKET, SOCK_DGRAM, unpack 'S', pack 'n', ETH_P_ARP or die "no packet socket: $!\n";
bind $link, pack 'S n l S C C a8', AF_PACKET, ETH_P_ARP, $index, 0, 0, 0, '' or die "no packet socket on $interface: $!\n";

while ( $left > 0 ) {
    my ( $ready, $count ) = ('');
    vec( $ready, fileno $link, 1 ) = 1;
    # On Linux `select` tells how much of the time is left.
    ( $count, $left ) = select $ready, undef, undef, $left;
    last if $count <= 0;
    defined( my $from = recv $link, my $packet, 256, 0 ) or last;
    next if length $packet < 28 || ( unpack 'S n l S C', $from )[4] != PACKET_BROADCAST;
    exit 0 if ( unpack 'n n C C n a6 a4', $packet )[6] eq inet_aton($address);
}
exit 1;
