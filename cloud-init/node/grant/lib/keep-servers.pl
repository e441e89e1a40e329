#!/usr/bin/perl
# keep-servers.pl FOLDER: what HAProxy knows of its servers, for the process that follows at its reload (jq/haproxy.jq): that
# one would otherwise lead clients to every server until its own first checks have failed. FOLDER has HAProxy's admin.sock.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($folder) = @ARGV;
my $kept = "$folder/servers";

# What is of an earlier reload is worse than nothing.
unlink $kept;
my $socket = IO::Socket::UNIX->new( Peer => "$folder/admin.sock", Timeout => 2 ) or die "$folder/admin.sock: $!\n";
alarm 5;
print $socket "show servers state\n";
my $words = do { local $/; <$socket> } // '';
$words =~ /^\d+\n#/ or die "$folder/admin.sock: no list of servers: $words\n";
open my $file, '>', "$kept.new" or die "$kept.new: $!\n";
print $file $words;
close $file and rename "$kept.new", $kept or die "$kept: $!\n";
