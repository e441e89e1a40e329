#!/usr/bin/perl
# heard INTERFACE ADDRESS SECONDS: waits until another machine tells all of the network that it has ADDRESS, and ends
# with 1 if none does in time. That word (a gratuitous ARP) is what leads every client to it.
use strict;
use warnings;
use Socket qw(inet_aton);
require( $0 =~ s{heard\.pl$}{arp.pl}r );

my ( $interface, $address, $left ) = @ARGV;
my $link = arp_link($interface);
while ( my ( undef, undef, $from, $to_everyone ) = next_arp( $link, $left ) ) {
    exit 0 if $to_everyone && $from eq inet_aton($address);
}
exit 1;
