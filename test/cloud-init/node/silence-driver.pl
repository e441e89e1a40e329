#!/usr/bin/perl
# silence-driver SILENCE.pl: machines that beat, over a network that loses, keeps back and cuts, by the real decisions of
# silence.pl. One scenario a line on standard input, a list of words; one line of what happened for each:
#   COUNT SEED LOSS-PERCENT LATENCY-MS SECONDS EVENT...
# Events, at a time in ms: AT:cut:A:B (one way), AT:mend:A:B, AT:stop:A, AT:go:A (its processes stand still), AT:kill:A
# (the machine), AT:crash:A (the program alone, without a farewell), AT:leave:A (the program is asked to end), AT:start:A.
# Machines are numbers from 0. What happened, at a time of the network in ms:
#   AT:free:BY:OF a majority calls it silent, as BY sees it; AT:off:A it has withdrawn, AT:on:A it is heard (again)
#   AT:gone:A it has left in order, AT:up:A it begins anew
use strict;
use warnings;
require $ARGV[0];

# Milliseconds of the program around the decisions: heartbeats.pl looks this often, and withdraws within this.
use constant { LOOK => 100, LATE => 20, WITHDRAWAL => 150 };

my $random;
# From 0 to 1, the same in each run.
sub chance { $random = ( $random * 1103515245 + 12345 ) % 2147483648; return $random / 2147483648; }

while ( my $line = <STDIN> ) {
    chomp $line;
    my ( $count, $seed, $loss, $latency, $seconds, @events ) = split / /, $line;
    $random = $seed;
    my @happened;
    my @roster = map { "m$_" } 0 .. $count - 1;
    # Each machine's clock began at some time and is wrong by half a percent at most, ten times what clocks are.
    my @clock = map { { from => 1e6 * int( 1e4 * chance() ), rate => 0.995 + 0.01 * chance() } } @roster;
    my $clock = sub { my ( $of, $at ) = @_; return int( $clock[$of]{from} + 1000 * $at * $clock[$of]{rate} ) };
    my ( @machines, %cut, @queue );
    my $later = sub {
        my $place = @queue;
        $place-- while $place > 0 && $queue[ $place - 1 ][0] > $_[0];
        splice @queue, $place, 0, [@_];
        return;
    };
    my $start = sub {
        my ( $of, $at, $bound ) = @_;
        $machines[$of] = { alive => 1, inbox => [], beat => 0, began => $clock->( $of, $at ), run => ( $machines[$of]{run} // 0 ) + 1 };
        $machines[$of]{silence} = Silence->new( $clock->( $of, $at ), "m$of", \@roster, "r$machines[$of]{run}x" . int( 1e6 * chance() ), $bound );
        $later->( $at, 'look', $of, $machines[$of]{run} );
    };
    $start->( $_, 200 * chance(), 0 ) for 0 .. $count - 1;
    for (@events) { my ( $at, @what ) = split /:/; $later->( $at, 'event', @what ) }
    while ( my $next = shift @queue ) {
        my ( $at, $what, @of ) = @$next;
        last if $at > 1000 * $seconds;
        if ( $what eq 'event' ) {
            my ( $kind, $one, $two ) = @of;
            my $machine = $machines[$one];
            if    ( $kind eq 'cut' )   { $cut{"$one $two"} = 1 }
            elsif ( $kind eq 'mend' )  { delete $cut{"$one $two"} }
            elsif ( $kind eq 'stop' )  { $machine->{stopped} = 1 }
            elsif ( $kind eq 'go' )    { delete $machine->{stopped}; $later->( $at, 'look', $one, $machine->{run} ) if $machine->{alive} && delete $machine->{missed} }
            elsif ( $kind eq 'kill' )  { @$machine{qw(alive crashed)} = ( 0, 0 ) }
            elsif ( $kind eq 'crash' ) { @$machine{qw(alive crashed)} = ( 0, 1 ) if $machine->{alive} }
            elsif ( $kind eq 'start' && !$machine->{alive} ) {
                push @happened, "$at:up:$one";
                $start->( $one, $at, $machine->{crashed} );
            }
            elsif ( $kind eq 'leave' ) { $machine->{silence}->leave }
        }
        elsif ( $what eq 'arrive' ) {
            my ( $to, $text ) = @of;
            push @{ $machines[$to]{inbox} }, $text if $machines[$to]{alive};
        }
        elsif ( $what eq 'tell' ) { push @happened, "$at:$of[0]" }
        elsif ( $what eq 'look' ) {
            my ( $me, $run ) = @of;
            my $machine = $machines[$me];
            next if !$machine->{alive} || $machine->{run} != $run;
            if ( $machine->{stopped} ) { $machine->{missed} = 1; next }
            my $silence = $machine->{silence};
            my $now     = $clock->( $me, $at );
            $silence->hear( $now, $_ ) for splice @{ $machine->{inbox} };
            for ( $silence->look($now) ) {
                my ( $due, $whom ) = @$_;
                if ( $due eq 'silent' ) { push @happened, int($at) . ":free:$me:" . substr $whom, 1 }
                elsif ( $due eq 'withdraw' ) {
                    $later->( int( $at + WITHDRAWAL * chance() ), 'tell', "off:$me" ) if !$machine->{off}++;
                }
                elsif ( $due eq 'heard' ) { $machine->{off} = 0; push @happened, int($at) . ":on:$me" }
            }
            my $hearing = grep { $_->{bound} && $_->{acked} > $machine->{began} } values %{ $silence->{others} };
            push @happened, int($at) . ":on:$me" if $hearing >= $count - $silence->{majority} && !$silence->{cut_off} && !$machine->{met}++;
            if ( $silence->{leaving} && ( $silence->{cut_off} || $silence->{farewell} && $silence->parted ) ) {
                @$machine{qw(alive gone)} = ( 0, 1 );
                push @happened, int($at) . ":gone:$me";
                next;
            }
            if ( $now >= $machine->{beat} ) {
                $machine->{beat} = $now + Silence::BEAT();
                my $text = $silence->beat($now);
                for my $to ( grep { $_ != $me } 0 .. $count - 1 ) {
                    next if $cut{"$me $to"} || 100 * chance() < $loss;
                    $later->( $at + $latency * chance()**3, 'arrive', $to, $text );
                }
            }
            $later->( $at + LOOK + LATE * chance(), 'look', $me, $run );
        }
    }
    $| = 1;
    print join( ' ', @happened ), "\n";
}
