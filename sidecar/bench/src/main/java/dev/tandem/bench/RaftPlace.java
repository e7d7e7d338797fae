package dev.tandem.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Where one member of a Raft cluster is at home, on this machine.
 *
 * @param flags of {@code tandem sidecar} or {@code tandem node}, which tell it so
 */
record RaftPlace(String name, Path folder, List<String> flags) {
    /** Whether a member waits for its disk. */
    enum Durability {
        FSYNC,
        NONE;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int MEMBERS = 3;

    /** The places of a new cluster of three. */
    static List<RaftPlace> cluster(Stage stage, String name, Durability durability) {
        Path folder = stage.folder(name);
        List<String> addresses = IntStream.range(0, MEMBERS)
                .mapToObj(member -> "127.0.0.1:" + ChildProcess.freePort())
                .toList();
        List<RaftPlace> places = new ArrayList<>();
        for (String address : addresses) {
            String member = name + "-" + (places.size() + 1);
            places.add(new RaftPlace(
                    member,
                    folder.resolve(member),
                    List.of(
                            "--raft-cluster",
                            name,
                            "--raft-listen",
                            address,
                            "--raft-members",
                            String.join(",", addresses),
                            "--raft-durability",
                            durability.label())));
        }
        return places;
    }
}
