# What programs that speak ARP share; `require` it. Perl is on every Debian and Ubuntu (perl-base); their `arping` is not,
# and bash has no packet socket.
use strict;
use warnings;
use Socket qw(SOCK_DGRAM);

# From linux/if_packet.h and linux/if_ether.h.
use constant { AF_PACKET => 17, ETH_P_ARP => 0x0806, PACKET_BROADCAST => 1, REQUEST => 1, REPLY => 2 };

# fact INTERFACE NAME: what the kernel says of it.
sub fact {
    my ( $interface, $name ) = @_;
    open my $file, '<', "/sys/class/net/$interface/$name" or die "no interface $interface: $!\n";
    chomp( my $fact = <$file> );
    return $fact;
}

# link_address INDEX [MAC]: struct sockaddr_ll.
sub link_address {
    my ( $index, $mac ) = @_;
    return pack 'S n l S C C a8', AF_PACKET, ETH_P_ARP, $index, 0, 0, length( $mac // '' ), $mac // '';
}

# arp_link INTERFACE: a socket for all ARP packets that arrive there.
sub arp_link {
    my ($interface) = @_;
    socket my $link, AF_PACKET, SOCK_DGRAM, unpack 'S', pack 'n', ETH_P_ARP or die "no packet socket: $!\n";
    bind $link, link_address( fact( $interface, 'ifindex' ) ) or die "no packet socket on $interface: $!\n";
    return $link;
}

# next_arp LINK LEFT: the next packet, within LEFT seconds; afterwards LEFT is what remains of them. Nothing when they are
# over. Else: REQUEST or REPLY, the sender's MAC and IPv4 address in bytes, and whether every machine was sent it.
sub next_arp {
    my $link = $_[0];
    while ( $_[1] > 0 ) {
        my ( $ready, $count ) = ('');
        vec( $ready, fileno $link, 1 ) = 1;
        # On Linux `select` tells how much of the time is left.
        ( $count, $_[1] ) = select $ready, undef, undef, $_[1];
        return if $count <= 0;
        defined( my $from = recv $link, my $packet, 256, 0 ) or return;
        next if length $packet < 28;
        my ( $kind, $mac, $address ) = ( unpack 'n n C C n a6 a4', $packet )[ 4 .. 6 ];
        return ( $kind, $mac, $address, ( unpack 'S n l S C', $from )[4] == PACKET_BROADCAST );
    }
    return;
}

1;
