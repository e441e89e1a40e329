#!/usr/bin/perl
# heartbeats INTERFACE VIP PORT RUNDIR MANIFEST NAME [NAME=ADDRESS...]: tells the network five times a second that this
# machine, NAME, lives, hears the others (ADDRESS: where its API server answers, at PORT), and does what follows
# (silence.pl). It ends kube-vip and takes the VIP away by itself, since its time is short; RUNDIR/cut-off is there from then
# until a majority hears this machine again. Otherwise it prints a line of words, the last one the microseconds since boot:
#   suspect MACHINE   nothing was heard of it for half a second
#   silent MACHINE    a majority calls it silent; again with each beat for as long as it holds
#   cut-off, heard    a majority may call this machine silent; it hears it again
# Asked to end (SIGTERM), it bids farewell first.
#
# Frames of their own, not UDP: like ARP, which moves the VIP, they need no port and no rule of a firewall, and come from
# nowhere but this very network. Whoever can send them can take the VIP by ARP anyway, so nothing is signed.
use strict;
use warnings;
use Errno qw(ECONNREFUSED ECONNRESET EINPROGRESS ENODEV ENXIO);
use Socket qw(:DEFAULT MSG_DONTWAIT MSG_NOSIGNAL SOCK_NONBLOCK);
( my $here = $0 ) =~ s{[^/]*$}{};
require "${here}arp.pl";
require "${here}silence.pl";

# IEEE Std 802, Local Experimental EtherType 1: for a protocol that its owner alone uses.
use constant ETHERTYPE => 0x88B5;
# Of these frames among others' experiments.
use constant PROTOCOL => 'rackplane-heartbeat-1';
# Microseconds. A machine that lives answers within this, or refuses, unless it has no processor for it.
use constant { LOOK => 100_000, ANSWER => 500_000 };

my ( $interface, $vip, $port, $rundir, $manifest, $name, @others ) = @ARGV;
my $root    = $ENV{RACKPLANE_ROOT} // '';
my %address = map { split /=/ } @others;
my $cut_off = "$rundir/cut-off";
# There while what this machine has told others may bind it.
my $binding = "$rundir/heartbeats-bind";

# Before anything else on a busy machine.
setpriority 0, 0, -20;
$| = 1;
# Whoever listens may have ended; the rest goes on until it is asked to end.
$SIG{PIPE} = 'IGNORE';
my $ending = 0;
$SIG{TERM} = $SIG{INT} = sub { $ending = 1 };

# Microseconds since boot, by the hundredth of a second; perl-base has no finer clock that no date moves.
open my $clock, '<', '/proc/uptime' or die "no /proc/uptime: $!\n";

sub uptime {
    sysseek $clock, 0, 0;
    sysread $clock, my $text, 64;
    # Its second word begins behind the blank.
    return 1_000_000 * substr $text, 0, index $text, ' ';
}

sub report { print join( ' ', @_, uptime() ), "\n"; return; }

sub mark { open my $file, '>', $_[0] or warn "$_[0]: $!\n"; return; }

my $index = fact( $interface, 'ifindex' );
my $kind  = unpack 'S', pack 'n', ETHERTYPE;
socket my $link, AF_PACKET(), SOCK_DGRAM | SOCK_NONBLOCK, $kind or die "no packet socket: $!\n";
bind $link, address_of() or die "no packet socket on $interface: $!\n";
my $everyone = address_of( "\xff" x 6 );

# address_of [MAC]: struct sockaddr_ll (linux/if_packet.h), for these frames.
sub address_of {
    my ($mac) = @_;
    return pack 'S n l S C C a8', AF_PACKET(), ETHERTYPE, $index, 0, 0, length( $mac // '' ), $mac // '';
}

# A frame that cannot be sent is one that is lost. An interface that was made anew is another one, for a new run.
sub send_beat {
    my ($text) = @_;
    return if send $link, join( ' ', PROTOCOL, $vip, $text ) . "\n", 0, $everyone;
    die "no interface $interface any more: $!\n" if $! == ENXIO || $! == ENODEV;
    return;
}

# receive: hands on what has come. A short frame ends in padding.
sub receive {
    my ($silence) = @_;
    while ( defined recv $link, my $frame, 2048, MSG_DONTWAIT ) {
        my ($text) = $frame =~ /^\Q${\PROTOCOL} $vip\E ([^\n]*)\n/ or next;
        $silence->hear( uptime(), $text );
    }
    return;
}

# withdraw: kubelet gets no manifest any more, kube-vip is killed, the address goes. The order: kube-vip would put it back.
sub withdraw {
    mark($cut_off);
    unlink $manifest;
    kill KILL => kube_vips();
    system "ip addr del $vip/32 dev $interface 2>/dev/null";
    return;
}

# kube_vips: the processes of the kube-vip that holds this endpoint (kube-vip-process.sh).
sub kube_vips {
    my @pids;
    for my $file ( glob "$root/proc/[0-9]*/comm" ) {
        open my $comm, '<', $file or next;
        next if ( <$comm> // '' ) ne "kube-vip\n";
        my ($pid) = $file =~ m{(\d+)/comm$};
        open my $environment, '<', "$root/proc/$pid/environ" or next;
        local $/;
        push @pids, $pid if grep { $_ eq "address=$vip" } split /\0/, <$environment> // '';
    }
    return @pids;
}

# The questions under way: a machine's name to its socket, and since when.
my %asking;

# ask NAME: whether its API server, or its kernel, says anything at all. In plain HTTP, which an API server refuses in so many
# words; no handshake is needed to see that it lives.
sub ask {
    my ($whom) = @_;
    return if $asking{$whom} || !defined $address{$whom};
    socket my $question, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0 or return;
    $asking{$whom} = { socket => $question, since => uptime() };
    # Refused at once, or no route.
    my $there = connect $question, pack_sockaddr_in( $port, inet_aton( $address{$whom} ) );
    $asking{$whom}{failed} = $! + 0 if !$there && $! != EINPROGRESS;
    return;
}

# answers: ends the questions that were answered or were not in time. A refusal is an answer; no route is none.
sub answers {
    my ( $silence, $readable, $writable ) = @_;
    for my $whom ( keys %asking ) {
        my $question = $asking{$whom};
        my $number   = fileno $question->{socket};
        my $error    = $question->{failed};
        if ( !defined $error && !$question->{asked} && vec $writable, $number, 1 ) {
            $error             = unpack 'i', getsockopt $question->{socket}, SOL_SOCKET, SO_ERROR;
            $question->{asked} = 1;
            if ( $error == 0 ) {
                undef $error;
                send $question->{socket}, "GET /livez HTTP/1.0\r\n\r\n", MSG_NOSIGNAL;
            }
        }
        elsif ( $question->{asked} && vec $readable, $number, 1 ) {
            my $read = recv $question->{socket}, my $answer, 64, MSG_DONTWAIT;
            $error = defined $read ? 0 : $! + 0;
        }
        if ( defined $error ) {
            $silence->answered( uptime(), $whom ) if $error == 0 || $error == ECONNREFUSED || $error == ECONNRESET;
            delete $asking{$whom};
        }
        elsif ( uptime() - $question->{since} >= ANSWER ) {
            delete $asking{$whom};
        }
    }
    return;
}

# rest SECONDS: until a frame or an answer comes.
sub rest {
    my ( $silence, $left ) = @_;
    my ( $reading, $writing ) = ( '', '' );
    vec( $reading, fileno $link, 1 ) = 1;
    for my $question ( values %asking ) {
        my $number = fileno $question->{socket};
        vec( $reading, $number, 1 ) = 1;
        vec( $writing, $number, 1 ) = 1 if !$question->{asked};
    }
    # Interrupted, it has nothing to read.
    if ( select( $reading, $writing, undef, $left > 0 ? $left : 0 ) <= 0 ) { ( $reading, $writing ) = ( '', '' ) }
    receive($silence);
    answers( $silence, $reading, $writing );
    return;
}

my $now     = uptime();
my $bound   = -e $binding ? 1 : 0;
my $silence = Silence->new( $now, $name, [ $name, keys %address ], sprintf( '%08x', int rand 2**32 ), $bound );
if ($bound) { $silence->{cut_off} = -e $cut_off ? 1 : 0 }
else        { unlink $cut_off }
mark($binding);
my ( $next_look, $next_beat ) = ( $now, $now );
my %suspect;
while (1) {
    receive($silence);
    $now = uptime();
    $silence->leave if $ending;
    my $beats = $now >= $next_beat;
    my @due   = $silence->look($now);
    my %asked;
    for (@due) {
        my ( $what, $whom ) = @$_;
        if ( $what eq 'withdraw' ) {
            # Again with each beat: kubelet may have been about to start a kube-vip.
            my $first = !-e $cut_off;
            withdraw()         if $first || $beats;
            report('cut-off') if $first;
        }
        elsif ( $what eq 'heard' ) { unlink $cut_off; report('heard') }
        elsif ( $what eq 'silent' ) { report( 'silent', $whom ) if $beats }
        else {
            $asked{$whom} = 1;
            ask($whom);
            report( 'suspect', $whom ) if !$suspect{$whom};
        }
    }
    %suspect = %asked;
    last if $ending && ( $silence->{cut_off} || $silence->{farewell} && $silence->parted );
    if ($beats) {
        send_beat( $silence->beat($now) );
        $next_beat += Silence::BEAT();
        $next_beat = $now + Silence::BEAT() if $next_beat <= $now;
    }
    $next_look += LOOK;
    $next_look = $now + LOOK if $next_look <= $now;
    while ( ( my $left = $next_look - uptime() ) > 0 ) { rest( $silence, $left / 1_000_000 ) }
}
unlink $binding;
