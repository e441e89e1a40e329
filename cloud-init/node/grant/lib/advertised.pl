#!/usr/bin/perl
# advertised OWN-ADDRESS ID SECONDS ADDRESS...: waits until one of the ADDRESSes sends this machine itself, at its
# OWN-ADDRESS, an advertisement of the virtual router ID by which it holds the VIP, and ends with 1 if none does in time.
# What keepalived is not let in (vrrp-filter.sh) does not come here either.
use strict;
use warnings;
use Socket qw(AF_INET SOCK_RAW inet_aton);

# From RFC 9568, sections 5.1 and 5.2. A machine that lets go of the VIP says so by priority 0.
use constant { VRRP => 112, ADVERTISEMENT => 1, LETS_GO => 0 };

my ( $own, $id, $left, @addresses ) = @ARGV;
my %others = map { inet_aton($_) => 1 } @addresses;
socket my $link, AF_INET, SOCK_RAW, VRRP or die "no socket for VRRP: $!\n";
while ( $left > 0 ) {
    my ( $ready, $count ) = ('');
    vec( $ready, fileno $link, 1 ) = 1;
    # On Linux `select` tells how much of the time is left.
    ( $count, $left ) = select $ready, undef, undef, $left;
    last if $count <= 0;
    defined( recv $link, my $packet, 512, 0 ) or last;
    my ( $words, $from, $to ) = unpack 'C x11 a4 a4', $packet;
    my ( $kind, $router, $priority ) = unpack 'C C C', substr $packet, 4 * ( $words & 15 );
    next if !defined $priority || ( $kind & 15 ) != ADVERTISEMENT;
    exit 0 if $others{$from} && $to eq inet_aton($own) && $router == $id && $priority != LETS_GO;
}
exit 1;
