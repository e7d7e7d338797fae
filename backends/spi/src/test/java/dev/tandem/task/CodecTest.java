package dev.tandem.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What is written is read back; what was not written by us is refused, and by nothing but a CodecException. */
class CodecTest {
    private static final int ROUNDS = 700;

    private final long seed = Long.getLong("tandem.seed", System.nanoTime());
    private final RandomRecords records = new RandomRecords(seed);
    private final Random random = new Random(seed);

    private <T> void roundTrip(T value, Function<T, byte[]> encode, Function<byte[], T> decode) {
        byte[] bytes = encode.apply(value);
        T read = decode.apply(bytes);
        assertThat(read).as("-Dtandem.seed=%s", seed).isEqualTo(value);
        assertThat(encode.apply(read))
                .as("the same record has the same bytes; -Dtandem.seed=%s", seed)
                .isEqualTo(bytes);
    }

    @Test
    void randomRecords_writtenAndRead_areEqual() {
        for (int i = 0; i < ROUNDS; i++) {
            roundTrip(records.task(), RecordCodec::encode, RecordCodec::decodeTask);
            roundTrip(records.lease(), RecordCodec::encode, RecordCodec::decodeLease);
            roundTrip(records.request(), RecordCodec::encode, RecordCodec::decodeRequest);
            roundTrip(records.tombstone(), RecordCodec::encode, RecordCodec::decodeTombstone);
            roundTrip(records.record(), RecordCodec::encode, RecordCodec::decodeRecord);
            roundTrip(records.position(), RecordCodec::encode, RecordCodec::decodePosition);
            roundTrip(records.command(), CommandCodec::encode, CommandCodec::decode);
            roundTrip(records.outcome(), OutcomeCodec::encode, OutcomeCodec::decode);
        }
    }

    @Test
    void parts_readBack_keepTheOrderOfTheNodes() {
        Map<String, Part> parts = new TreeMap<>();
        for (int i = 0; i < 20; i++) {
            parts.put("node" + i, new Part("", TaskState.ENQUEUED, null, 1));
        }
        Task task = GoldenRecords.full(parts);

        assertThat(RecordCodec.decodeTask(RecordCodec.encode(task)).parts().keySet())
                .containsExactlyElementsOf(parts.keySet());
    }

    @Test
    void maps_inWhateverOrder_haveTheSameBytes() {
        Map<String, String> rising = new LinkedHashMap<>();
        Map<String, String> falling = new LinkedHashMap<>();
        for (int i = 0; i < 9; i++) {
            rising.put("k" + i, "v");
            falling.put("k" + (8 - i), "v");
        }

        assertThat(CommandCodec.bodyHash(new Verb.Create("a", TaskSpec.of("q", Bytes.EMPTY), 0, 0, rising)))
                .isEqualTo(CommandCodec.bodyHash(new Verb.Create("a", TaskSpec.of("q", Bytes.EMPTY), 0, 0, falling)));
    }

    private List<byte[]> oneOfEach() {
        List<byte[]> all = new ArrayList<>();
        all.add(RecordCodec.encode(records.task()));
        all.add(RecordCodec.encode(records.lease()));
        all.add(RecordCodec.encode(records.request()));
        all.add(RecordCodec.encode(records.tombstone()));
        all.add(RecordCodec.encode(records.position()));
        all.add(OutcomeCodec.encode(records.outcome()));
        for (int verb = 1; verb <= RandomRecords.VERBS; verb++) {
            all.add(CommandCodec.encode(TaskCommand.of("default", 1, records.verb(verb))));
        }
        return all;
    }

    private static final List<Function<byte[], Object>> DECODERS = List.of(
            RecordCodec::decodeTask,
            RecordCodec::decodeLease,
            RecordCodec::decodeRequest,
            RecordCodec::decodeTombstone,
            RecordCodec::decodePosition,
            CommandCodec::decode,
            OutcomeCodec::decode);

    /** How many of the decoders take it; anything but a value or a CodecException fails the test. */
    private int taken(byte[] bytes) {
        int taken = 0;
        for (Function<byte[], Object> decoder : DECODERS) {
            try {
                assertThat(decoder.apply(bytes)).isNotNull();
                taken++;
            } catch (CodecException e) {
                assertThat(e.getMessage()).isNotBlank();
            } catch (RuntimeException | OutOfMemoryError e) {
                throw new AssertionError("-Dtandem.seed=" + seed + " " + Arrays.toString(bytes), e);
            }
        }
        return taken;
    }

    @Test
    void everything_asWritten_isTakenByItsOwnDecoderOnly() {
        oneOfEach().forEach(bytes -> assertThat(taken(bytes)).isEqualTo(1));
    }

    @Test
    void everything_cutShortOrTooLong_isRefused() {
        for (byte[] bytes : oneOfEach()) {
            for (int length = 0; length < bytes.length; length++) {
                assertThat(taken(Arrays.copyOf(bytes, length)))
                        .as("%s of %s bytes; -Dtandem.seed=%s", length, bytes.length, seed)
                        .isZero();
            }
            assertThat(taken(Arrays.copyOf(bytes, bytes.length + 1))).isZero();
        }
    }

    @Test
    void everything_garbled_isReadOrRefusedAndNeverAnythingElse() {
        for (int round = 0; round < 60; round++) {
            for (byte[] bytes : oneOfEach()) {
                for (int i = 1 + random.nextInt(3); i > 0; i--) {
                    // The first two bytes stay, so that the rest is read at all.
                    bytes[2 + random.nextInt(bytes.length - 2)] = (byte) random.nextInt();
                }
                taken(bytes);
            }
            byte[] noise = new byte[2 + random.nextInt(60)];
            random.nextBytes(noise);
            noise[0] = (byte) "TLRDPCO".charAt(round % 7);
            noise[1] = 1;
            taken(noise);
        }
    }

    @Test
    void numbersOfAnother_hugeCount_isRefusedBeforeMemoryIsReserved() {
        byte[] bytes = {'R', 1, 2, 'x', 0, 0, 0, 0, 0, 0, 0, 0, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7
        };

        assertThatThrownBy(() -> RecordCodec.decodeRequest(bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("too early");
    }

    @Test
    void unknownFormat_ofEachType_isRefusedWithBothNumbers() {
        for (byte[] bytes : oneOfEach()) {
            for (int format : new int[] {0, 2, 200}) {
                bytes[1] = (byte) format;
                for (Function<byte[], Object> decoder : DECODERS) {
                    assertThatThrownBy(() -> decoder.apply(bytes)).isInstanceOf(CodecException.class);
                }
            }
        }
        byte[] newer = RecordCodec.encode(records.task());
        newer[1] = (byte) 200;
        assertThatThrownBy(() -> RecordCodec.decodeTask(newer))
                .hasMessage("a task record is in format 200; this version reads format 1");
    }

    @Test
    void unknownFlags_inATask_areRefused() {
        byte[] bytes = RecordCodec.encode(records.task());
        bytes[2] |= (byte) 0x80;

        assertThatThrownBy(() -> RecordCodec.decodeTask(bytes)).isInstanceOf(CodecException.class);
    }

    @Test
    void unknownCodes_ofVerbsStatesAndReasons_areRefused() {
        assertThatThrownBy(() -> TaskState.ofCode(0)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> TaskState.ofCode(6)).isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> Outcome.Reason.ofCode(0)).isInstanceOf(CodecException.class);
        byte[] command = CommandCodec.encode(TaskCommand.of("", 0, new Verb.Sweep(1)));
        command[command.length - 2] = RandomRecords.VERBS + 1;
        assertThatThrownBy(() -> CommandCodec.decode(command)).hasMessage("unknown verb " + (RandomRecords.VERBS + 1));
    }

    @Test
    void codes_ofStatesAndReasons_leadBack() {
        for (TaskState state : TaskState.values()) {
            assertThat(TaskState.ofCode(state.code())).isEqualTo(state);
        }
        for (Outcome.Reason reason : Outcome.Reason.values()) {
            assertThat(Outcome.Reason.ofCode(reason.code())).isEqualTo(reason);
        }
        for (int code = 1; code <= RandomRecords.VERBS; code++) {
            assertThat(records.verb(code).code()).isEqualTo(code);
        }
    }
}
