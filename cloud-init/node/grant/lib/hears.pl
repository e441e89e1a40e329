#!/usr/bin/perl
# hears INTERVAL TIMEOUT PORT ADDRESS...: looks every INTERVAL seconds who of the ADDRESSes answers within TIMEOUT, and tells
# every look that is not as it should be: a line of how many answered, how many milliseconds late the look began, and for
# each silent ADDRESS how many milliseconds ago its silence began: `1 0 10.0.0.12=1500 10.0.0.13=500`.
# A machine is heard when its kernel accepts or refuses the connection: what runs there does not count. A clock that no
# time server sets, and no fork: this goes on for as long as the machine runs.
use strict;
use warnings;
use Errno qw(EINPROGRESS ECONNREFUSED);
use Fcntl qw(F_SETFL O_NONBLOCK O_RDONLY);
use Socket qw(AF_INET SOCK_STREAM SOL_SOCKET SO_ERROR inet_aton pack_sockaddr_in);

my ( $interval, $timeout, $port, @addresses ) = @ARGV;
my %silent_since;
# Nobody reads on once the announcer is gone.
my $parent = getppid;
my $next = now();
$| = 1;

# now: milliseconds since the machine started, by the hundredth of a second.
sub now {
    open my $file, '<', '/proc/uptime' or die "/proc/uptime: $!\n";
    return int( 1000 * ( split ' ', <$file> )[0] );
}

# heard: the addresses that answer within the timeout.
sub heard {
    my ( %waiting, %heard );
    for my $address (@addresses) {
        socket my $link, AF_INET, SOCK_STREAM, 0 or next;
        fcntl $link, F_SETFL, O_NONBLOCK;
        if ( connect( $link, pack_sockaddr_in( $port, inet_aton($address) ) ) || $! == ECONNREFUSED ) {
            $heard{$address} = 1;
        }
        elsif ( $! == EINPROGRESS ) { $waiting{ fileno $link } = [ $address, $link ] }
    }
    my $left = $timeout;
    while ( %waiting && $left > 0 ) {
        my $ready = '';
        vec( $ready, $_, 1 ) = 1 for keys %waiting;
        # On Linux `select` tells how much of the time is left.
        ( my $count, $left ) = select undef, $ready, undef, $left;
        last if $count <= 0;
        for my $descriptor ( grep { vec $ready, $_, 1 } keys %waiting ) {
            my ( $address, $link ) = @{ delete $waiting{$descriptor} };
            my $error = unpack 'i', getsockopt $link, SOL_SOCKET, SO_ERROR;
            $heard{$address} = 1 if $error == 0 || $error == ECONNREFUSED;
        }
    }
    return \%heard;
}

while ( getppid == $parent ) {
    my $began = now();
    my $late  = $began - $next;
    my $heard = heard();
    my $ended = now();
    for my $address (@addresses) {
        if   ( $heard->{$address} ) { delete $silent_since{$address} }
        else                        { $silent_since{$address} //= $began }
    }
    my @silent = map { "$_=" . ( $ended - $silent_since{$_} ) } sort keys %silent_since;
    print join( ' ', scalar keys %$heard, $late > 1000 * $interval ? $late : 0, @silent ), "\n"
        if @silent || $late > 1000 * $interval;
    $next = $began + 1000 * $interval;
    my $pause = $next - now();
    # A look that took longer begins the next one at once.
    if   ( $pause > 0 ) { select undef, undef, undef, $pause / 1000 }
    else                { $next = now() }
}
