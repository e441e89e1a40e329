#!/usr/bin/perl
# who-has INTERFACE OWN-ADDRESS ADDRESS: asks the network by ARP, three times, and prints the MAC address of every other
# machine that answers for ADDRESS within a second, one a line. Perl is on every Debian and Ubuntu (perl-base); their
# `arping` is not, and bash has no packet socket.
use strict;
use warnings;
use Socket qw(SOCK_DGRAM inet_aton);

# From linux/if_packet.h and linux/if_ether.h.
use constant { AF_PACKET => 17, ETH_P_ARP => 0x0806, REQUEST => 1, REPLY => 2 };

my ( $interface, $own, $address ) = @ARGV;
my %about;
for my $fact (qw(ifindex address)) {
    open my $file, '<', "/sys/class/net/$interface/$fact" or die "no interface $interface: $!\n";
    chomp( $about{$fact} = <$file> );
}
my $mac = pack 'H2' x 6, split /:/, $about{address};

# struct sockaddr_ll, to every machine on the link.
my $everyone = pack 'S n l S C C a8', AF_PACKET, ETH_P_ARP, $about{ifindex}, 0, 0, 6, "\xff" x 6;
my $request = pack 'n n C C n a6 a4 a6 a4', 1, 0x0800, 6, 4, REQUEST, $mac, inet_aton($own), "\0" x 6, inet_aton($address);

socket my $link, AF_PACKET, SOCK_DGRAM, unpack 'S', pack 'n', ETH_P_ARP or die "no packet socket: $!\n";
bind $link, pack 'S n l S C C a8', AF_PACKET, ETH_P_ARP, $about{ifindex}, 0, 0, 0, '' or die "no packet socket on $interface: $!\n";

my %holders;
for my $turn ( 1 .. 3 ) {
    send $link, $request, 0, $everyone or die "no request on $interface: $!\n";
    my $left = 0.3;
    while ( $left > 0 ) {
        my ( $ready, $count ) = ('');
        vec( $ready, fileno $link, 1 ) = 1;
        # On Linux `select` tells how much of the time is left.
        ( $count, $left ) = select $ready, undef, undef, $left;
        last if $count <= 0;
        defined recv $link, my $packet, 256, 0 or last;
        next if length $packet < 28;
        my ( $kind, $from, $for ) = ( unpack 'n n C C n a6 a4', $packet )[ 4 .. 6 ];
        next if $kind != REPLY || $for ne inet_aton($address) || $from eq $mac;
        $holders{ join ':', unpack '(H2)*', $from } = 1;
    }
}
print "$_\n" for sort keys %holders;
