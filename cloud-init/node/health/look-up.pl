#!/usr/bin/perl
# look-up SERVER NAME [PORT]: asks a DNS server for the IPv4 address of NAME, twice, and prints it. Perl is on every Debian and
# Ubuntu (perl-base); their `dig` and `host` are not, and the machine's own resolver asks other servers.
use strict;
use warnings;
use Socket qw(AF_INET SOCK_DGRAM inet_aton inet_ntoa pack_sockaddr_in);

# RFC 1035, 4.1.1: the codes that a server ends a question with.
my @CODES = ( 'no answer record', 'a malformed question', 'a failure of its own', 'no such name', 'no such kind of question', 'a refusal' );

my ( $server, $name, $port ) = @ARGV;
my $id = int rand 65536;
# A standard question, recursion desired, for an address (A) in the internet (IN).
my $question = pack 'n n n n n n', $id, 0x0100, 1, 0, 0, 0;
$question .= join '', map { pack 'C/a', $_ } split /\./, $name;
$question .= pack 'C n n', 0, 1, 1;

socket my $socket, AF_INET, SOCK_DGRAM, 0 or die "no socket: $!\n";
connect $socket, pack_sockaddr_in( $port // 53, inet_aton($server) ) or die "no way to $server: $!\n";
my $answer = '';
for my $turn ( 1 .. 2 ) {
    send $socket, $question, 0 or next;
    my $ready = '';
    vec( $ready, fileno $socket, 1 ) = 1;
    next if select( $ready, undef, undef, 2 ) <= 0;
    last if defined recv $socket, $answer, 4096, 0 and length $answer > 12;
}
die "no answer of the DNS server $server to a question for $name\n" if length $answer <= 12;
my ( $flags, $answers ) = ( unpack 'n n n n', $answer )[ 1, 3 ];
my $code = $flags & 15;
die "the DNS server $server answers for $name with " . ( $CODES[$code] // "code $code" ) . "\n" if $code || !$answers;
# The answer record follows the question: a name, written out or two bytes that point back (4.1.4), then type, class,
# time to live and length.
my $at = length $question;
while ( my $size = unpack 'C', substr $answer, $at, 1 ) {
    if ( $size >= 192 ) { $at++; last }
    $at += 1 + $size;
}
my ( $type, $length ) = unpack 'x n x2 x4 n', substr $answer, $at;
die "the DNS server $server answers for $name without an address\n" if $type != 1 || $length != 4;
print inet_ntoa( substr $answer, $at + 11, 4 ), "\n";
