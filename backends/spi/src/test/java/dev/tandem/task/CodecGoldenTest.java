package dev.tandem.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The bytes that stores and logs hold must be read by every later version, and written the same.
 *
 * <p>If this fails, a change has changed the format. That takes a new format number, with the old one still read.
 * {@code -Dtandem.golden=write} writes the files that are missing, never one that is there: to change one, delete it
 * first, which is right only before anything with it was released.
 */
class CodecGoldenTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden");
    private static final int LINE = 64;

    private final Set<String> seen = new TreeSet<>();

    private <T> void check(Map<String, T> values, Function<T, byte[]> encode, Function<byte[], T> decode)
            throws IOException {
        for (Map.Entry<String, T> value : values.entrySet()) {
            byte[] written = encode.apply(value.getValue());
            byte[] golden = golden(value.getKey() + ".1", written);
            assertThat(hex(written)).as("bytes of %s", value.getKey()).isEqualTo(hex(golden));
            assertThat(decode.apply(golden)).as("%s, read", value.getKey()).isEqualTo(value.getValue());
        }
    }

    private byte[] golden(String name, byte[] written) throws IOException {
        Path file = FOLDER.resolve(name + ".hex");
        seen.add(file.getFileName().toString());
        if ("write".equals(System.getProperty("tandem.golden")) && Files.notExists(file)) {
            Files.writeString(file, hex(written));
        }
        assertThat(file).as("write it with -Dtandem.golden=write").exists();
        return HexFormat.of().parseHex(Files.readString(file).replaceAll("\\s", ""));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes).replaceAll("(.{" + LINE + "})(?=.)", "$1\n") + "\n";
    }

    @Test
    void everythingStored_writtenNow_hasTheBytesThatItAlwaysHad() throws IOException {
        check(GoldenRecords.tasks(), RecordCodec::encode, RecordCodec::decodeTask);
        check(GoldenRecords.leases(), RecordCodec::encode, RecordCodec::decodeLease);
        check(GoldenRecords.requests(), RecordCodec::encode, RecordCodec::decodeRequest);
        check(GoldenRecords.tombstones(), RecordCodec::encode, RecordCodec::decodeTombstone);
        check(GoldenRecords.positions(), RecordCodec::encode, RecordCodec::decodePosition);
        check(GoldenRecords.commands(), CommandCodec::encode, CommandCodec::decode);
        check(GoldenRecords.outcomes(), OutcomeCodec::encode, OutcomeCodec::decode);
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(seen);
        }
    }

    @Test
    void bodyHash_ofAVerb_isWhatItAlwaysWas() {
        // Kept by stores beside the request id: another hash would make every retry across an upgrade a refusal.
        assertThat(CommandCodec.bodyHash(new Verb.Delete("a", 5))).isEqualTo(7112404534685872773L);
    }

    @Test
    void goldenVerbs_areAllThatThereAre() {
        assertThat(GoldenRecords.verbs().values().stream().map(Verb::code).distinct())
                .hasSize(RandomRecords.VERBS);
        assertThat(Verb.OnTask.class.getPermittedSubclasses().length
                        + Verb.OnLease.class.getPermittedSubclasses().length
                        + Verb.OnMany.class.getPermittedSubclasses().length
                        + List.of(Verb.Mirror.class, Verb.MoveGate.class, Verb.Acknowledge.class)
                                .size())
                .as("a new verb needs a golden file")
                .isEqualTo(RandomRecords.VERBS);
    }

    @Test
    void commands_besideTheCallersOwnBytes_takeLessThan26Bytes() {
        // The caller's own: namespace, ids, names and payload. Versions and tokens as after a billion changes.
        long version = 1_000_000_000L;
        long now = 1_767_225_600_123L;
        byte[] payload = new byte[100];
        String id = "an-id-that-is-no-uuid";
        int names = "default".length() + id.length();
        Map<Verb, Integer> own = Map.of(
                new Verb.Create(id, TaskSpec.of("mail", Bytes.of(payload)), 0, 0, Map.of()),
                names + 4 + 100,
                new Verb.Complete(id, version, Bytes.of(payload)),
                names + 100,
                new Verb.Renew(id, version, 30_000, null),
                names,
                new Verb.Fail(id, version, new TaskError("CODE", "message"), false),
                names + 4 + 7,
                new Verb.Transition(id, version, version, TaskState.SUCCEEDED, Bytes.of(payload), null),
                names + 100,
                new Verb.UpdatePart(id, version, "node", null, TaskState.SUCCEEDED, null),
                names + 4,
                new Verb.Claim(List.of("mail"), "worker", 30_000, 10),
                7 + 4 + 6,
                new Verb.Delete(id, version),
                names,
                new Verb.AcquireLease("scope", "holder", 30_000),
                7 + 5 + 6);
        own.forEach((verb, bytes) -> {
            int plain = CommandCodec.encode(TaskCommand.of("default", now, verb)).length;
            assertThat(plain - bytes).as("%s", verb).isLessThanOrEqualTo(26);
            int request = CommandCodec.encode(new TaskCommand(
                                    "default", now, new RequestKey("r", -1, Limits.REQUEST_KEEP_MILLIS_DEFAULT), verb))
                            .length
                    - 1;
            assertThat(request - plain)
                    .as("what a request id takes beside itself")
                    .isEqualTo(13);
        });
        int uuid = CommandCodec.encode(TaskCommand.of(
                        "default", now, new Verb.Delete("0190163d-8694-739b-aea5-966c26f8ad91", version)))
                .length;
        assertThat(uuid).as("a UUID takes 17 bytes, not 37").isEqualTo(2 + 8 + 6 + 1 + 1 + 17 + 5);
    }
}
