package dev.tandem.store.raft.member;

import dev.tandem.testkit.FreePorts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * Measures three members in three processes on this machine: writes one at a time and many at once, and memory.
 *
 * <p>Arguments: a folder on the disk to measure, how many groups, FSYNC or NONE, seconds.
 */
final class MemberMeasure {

    private MemberMeasure() {}

    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory(Path.of(args[0]), "measure");
        List<Integer> ports = FreePorts.list(3);
        List<MemberProcess> members =
                MemberProcess.start("measure-" + UUID.randomUUID(), ports, Integer.parseInt(args[1]), folder, args[2]);
        try {
            for (MemberProcess member : members) {
                member.ask("ready");
            }
            memory("idle", members);
            for (int inFlight : new int[] {1, 64, 256}) {
                System.out.println(members.get(0).ask("measure " + inFlight + " " + args[3]));
            }
            memory("after load", members);
        } finally {
            members.forEach(MemberProcess::close);
        }
    }

    private static void memory(String when, List<MemberProcess> members) throws Exception {
        for (MemberProcess member : members) {
            String resident = Files.readAllLines(Path.of("/proc", Long.toString(member.pid()), "status")).stream()
                    .filter(line -> line.startsWith("VmRSS"))
                    .findFirst()
                    .orElse("");
            System.out.println(when + ": " + resident);
        }
    }
}
