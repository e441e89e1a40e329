#!/usr/bin/perl
# who-has INTERFACE OWN-ADDRESS ADDRESS: asks the network by ARP, three times, and prints the MAC address of every other
# machine that answers for ADDRESS within a second, one a line.
use strict;
use warnings;
use Socket qw(inet_aton);
require( $0 =~ s{health/who-has\.pl$}{grant/lib/arp.pl}r );

my ( $interface, $own, $address ) = @ARGV;
my $mac = pack 'H2' x 6, split /:/, fact( $interface, 'address' );
my $everyone = link_address( fact( $interface, 'ifindex' ), "\xff" x 6 );
my $request = pack 'n n C C n a6 a4 a6 a4', 1, 0x0800, 6, 4, REQUEST(), $mac, inet_aton($own), "\0" x 6, inet_aton($address);
my $link = arp_link($interface);

my %holders;
for my $turn ( 1 .. 3 ) {
    send $link, $request, 0, $everyone or die "no request on $interface: $!\n";
    my $left = 0.3;
    while ( my ( $kind, $holder, $for ) = next_arp( $link, $left ) ) {
        next if $kind != REPLY() || $for ne inet_aton($address) || $holder eq $mac;
        $holders{ join ':', unpack '(H2)*', $holder } = 1;
    }
}
print "$_\n" for sort keys %holders;
