# Who has fallen silent, and who must withdraw: the decisions of heartbeats.pl, without a socket or a clock of their own.
# `require` it. Perl of perl-base alone.
#
# Every control-plane machine tells the network five times a second that it lives. A beat names, for each other machine,
# the last beat that its sender has heard of it. So a machine knows not only whom it hears, but also who hears it, and since
# when. Two rules follow, each by one machine's own clock, which counts since its boot and follows no date:
#
#   the sender  runs no kube-vip once as many machines as are a majority may have heard nothing of it for PROMISE
#   the others  call it silent once they have heard nothing of it for SILENCE; a majority of all machines, the silent one
#               counted among them and without a voice, may free its lease
#
# That a majority never frees the lease of a machine that still has the address:
#   A machine Y has heard a beat that was sent at s, at r >= s, and nothing since. The sender knows of no later one: it was
#   told of none, since Y tells of what it has heard alone, and tells nothing of it for HOLD after it has called it silent.
#   So for the sender, Y's word lapses at s + PROMISE or before. Y calls it silent at r + SILENCE or later, so at least
#   SILENCE - PROMISE = 0.4 s afterwards. When a majority of such words is there, all of them had lapsed together 0.4 s
#   before, and the sender has withdrawn: it looks every 0.1 s, and a withdrawal takes 0.2 s (a signal and one `ip`). 0.1 s
#   is left for two clocks that run apart and for their hundredths of a second.
#   A word counts for WORD from when its reader sent the beat that the word's message answers, so it is no older than that,
#   however long the network kept it. HOLD is longer than WORD, so that its machine is bound by it for as long as it counts.
#
# A beat binds its sender to the first rule only where it says so, and it says so only to machines that have answered.
# Machines that hear nothing of each other at all, whose program is older or whose network takes no such frames, thus
# neither withdraw nor call anybody silent: there a lease runs out, as it does without this program.
#
# What it cannot do: a machine all of whose processes stand still does not withdraw, and has the address when it goes on,
# until this program runs: its first look then withdraws.
package Silence;
use strict;
use warnings;

# Microseconds.
use constant {
    BEAT      => 200_000,
    # Six beats: one machine's program may have to wait for a processor for a second.
    PROMISE   => 1_200_000,
    SILENCE   => 1_600_000,
    # A machine of which nothing was heard for so long is asked in another way, too.
    SUSPICION => 500_000,
    WORD      => 500_000,
    HOLD      => 600_000,
    # A machine that did not look for so long has missed what was said to it.
    STALL     => 500_000,
};

# new NOW, NAME, ROSTER, INCARNATION, BOUND: ROSTER is a reference to the names of all control-plane machines; INCARNATION
# differs at each start, so that two runs of one machine are told apart; BOUND: an earlier run ended without a farewell, and
# what it told the others binds this one. It may have called one of them silent just before.
sub new {
    my ( $class, $now, $name, $roster, $incarnation, $bound ) = @_;
    my %others = map { $_ => { heard => 0, binds => 0, until => $now + HOLD, says => {}, bound => $bound, acked => $now } }
      grep { $_ ne $name } @$roster;
    return bless {
        name        => $name,
        roster      => join( ' ', sort @$roster ),
        majority    => int( @$roster / 2 ) + 1,
        incarnation => $incarnation,
        others      => \%others,
        seq         => 0,
        sent        => {},
        cut_off     => 0,
        # It leaves; and the number of its first beat that says so.
        leaving  => 0,
        farewell => 0,
    }, $class;
}

# beat NOW: the next beat's text. Words, of which the last ones are of one other machine each:
# NAME=INCARNATION:SEQ:BOUND:SILENT, the last beat heard of it, whether this beat binds its sender towards it, and whether
# it is silent.
sub beat {
    my ( $self, $now ) = @_;
    $self->{sent}{ ++$self->{seq} } = $now;
    delete $self->{sent}{ $self->{seq} - 50 };
    # Not while a word of this machine may still count.
    $self->{farewell} ||= $self->{seq} if $self->{leaving} && !grep { $now < $_->{until} } values %{ $self->{others} };
    my @entries;
    for my $name ( sort keys %{ $self->{others} } ) {
        my $other  = $self->{others}{$name};
        my $silent = $self->silent( $now, $other );
        $other->{until} = $now + HOLD if $silent;
        push @entries, join ':', "$name=" . ( $other->{incarnation} // '-' ), $other->{heard},
          $other->{bound} && !$self->{cut_off} && !$self->{leaving} ? 1 : 0, $silent ? 1 : 0;
    }
    return join ' ', $self->{name}, $self->{incarnation}, $self->{seq}, $self->{farewell} ? 'bye' : 'on', @entries;
}

# hear NOW, TEXT: a beat of another machine has come. One whose roster is another is none: majorities of two rosters need
# have no machine in common.
sub hear {
    my ( $self, $now, $text ) = @_;
    my ( $name, $incarnation, $seq, $state, @entries ) = split / /, $text;
    return if grep { !defined || !length } $name, $incarnation, $seq, $state;
    my $other = $self->{others}{$name} or return;
    my %said;
    for (@entries) {
        my ( $of, $run, $last, $bound, $silent ) = /^([^=]+)=([^:]+):(\d+):([01]):([01])$/ or return;
        $said{$of} = { run => $run, last => $last, bound => $bound, silent => $silent };
    }
    return if join( ' ', sort $name, keys %said ) ne $self->{roster};
    if ( ( $other->{incarnation} // '' ) ne $incarnation ) {
        @$other{qw(incarnation heard binds says)} = ( $incarnation, 0, 0, {} );
    }
    return if $seq <= $other->{heard};
    # It lives. But it was called silent, and the word may still count somewhere: until then it is told nothing.
    $other->{life} = $now;
    return if $now < $other->{until};
    my $me = $said{ $self->{name} };
    @$other{qw(heard at binds)} = ( $seq, $now, $me->{bound} );
    my $answered = $me->{run} eq $self->{incarnation} ? $self->{sent}{ $me->{last} } : undef;
    if ( defined $answered ) {
        $other->{acked}  = $answered if !$other->{bound} || $answered > $other->{acked};
        $other->{parted} = 1         if $self->{farewell} && $me->{last} >= $self->{farewell};
        # From the next beat on.
        $other->{bound} = 1 if $now - $answered < PROMISE;
    }
    $other->{says} =
      { map { $said{$_}{silent} && defined $answered ? ( "$_=$said{$_}{run}" => $answered ) : () } keys %said };
    # It forgets what it has heard and says no more.
    @$other{qw(bound binds says)} = ( 0, 0, {} ) if $state eq 'bye';
    return;
}

# answered NOW, NAME: the machine has answered in another way. One that lives and has not beaten for PROMISE runs no such
# program any more, so its last beat says nothing of what it does.
sub answered {
    my ( $self, $now, $name ) = @_;
    my $other = $self->{others}{$name} or return;
    $other->{life}  = $now;
    $other->{binds} = 0 if defined $other->{at} && $now - $other->{at} >= PROMISE;
    return;
}

# voices NOW: how many machines may call this one silent.
sub voices {
    my ( $self, $now ) = @_;
    return scalar grep { $_->{bound} && $now - $_->{acked} >= PROMISE && !$_->{parted} } values %{ $self->{others} };
}

sub age { my ( $now, $other ) = @_; return $now - $other->{life}; }

sub silent {
    my ( $self, $now, $other ) = @_;
    return !$self->{leaving} && $other->{binds} && age( $now, $other ) >= SILENCE;
}

# look NOW: what is to be done, a reference to words each: [withdraw], [heard]: a majority hears this machine again,
# [ask NAME], [silent NAME]: a majority of all machines calls it silent.
sub look {
    my ( $self, $now ) = @_;
    my @due;
    if ( defined $self->{looked} && $now - $self->{looked} >= STALL ) {
        $_->{life} = $now for values %{ $self->{others} };
    }
    $self->{looked} = $now;
    my $lost = $self->voices($now) >= $self->{majority};
    push @due, ['withdraw'] if $lost;
    push @due, ['heard']    if $self->{cut_off} && !$lost;
    $self->{cut_off} = $lost ? 1 : 0;
    for my $name ( sort keys %{ $self->{others} } ) {
        my $other = $self->{others}{$name};
        next if !$other->{binds} || age( $now, $other ) < SUSPICION;
        push @due, [ 'ask', $name ];
        push @due, [ 'silent', $name ] if $self->silent( $now, $other ) && $self->called_silent( $now, $name );
    }
    return @due;
}

# called_silent NOW, NAME: by a majority of all machines, this one among them.
sub called_silent {
    my ( $self, $now, $name ) = @_;
    my $which = "$name=$self->{others}{$name}{incarnation}";
    my $words = grep { $now - ( $_->{says}{$which} // -1e15 ) <= WORD } values %{ $self->{others} };
    return 1 + $words >= $self->{majority};
}

# leave: this machine calls nobody silent any more, and its beats bid farewell.
sub leave {
    my ($self) = @_;
    $self->{leaving} = 1;
    return;
}

# parted: so many have heard the farewell that the others are no majority.
sub parted {
    my ($self) = @_;
    return $self->{majority} > grep { $_->{bound} && !$_->{parted} } values %{ $self->{others} };
}

1;
