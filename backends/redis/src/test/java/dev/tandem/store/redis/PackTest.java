package dev.tandem.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tandem.store.StoreException;
import dev.tandem.store.redis.servers.RedisServer;
import dev.tandem.store.redis.servers.SharedServers;
import dev.tandem.task.CodecException;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;

/** What is written is read again, also by way of the server's Lua; and whatever bytes there are, nothing worse than a refusal comes of them. */
class PackTest extends StoreTest {
    private static final int GARBAGE = 50_000;
    private static final byte[] THROUGH_LUA =
            "return cmsgpack.pack(cmsgpack.unpack(ARGV[1]))".getBytes(StandardCharsets.UTF_8);

    private final RedisServer server = SharedServers.standalone();

    /** Unpacked and packed again by the server. */
    private byte[] throughLua(byte[] packed) {
        try (Jedis jedis = server.jedis()) {
            return (byte[]) jedis.eval(THROUGH_LUA, 0, packed);
        }
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                127,
                128,
                255,
                256,
                65_535,
                65_536,
                0x7fff_ffffL,
                0x8000_0000L,
                0xffff_ffffL,
                0x1_0000_0000L,
                (1L << 53) - 1,
                1L << 53,
                -1,
                -32,
                -33,
                -128,
                -129,
                -32_768,
                -32_769,
                -0x8000_0000L,
                -0x8000_0001L,
                1 - (1L << 53),
                -(1L << 53)
            })
    void number_withinWhatLuaKeeps_comesBackAsItWas(long number) {
        byte[] packed = new PackWriter(1).number(number).toArray();

        PackReader own = new PackReader(packed);
        PackReader theirs = new PackReader(throughLua(packed));

        assertThat(own.number()).isEqualTo(number);
        assertThat(theirs.number()).isEqualTo(number);
        own.end();
        theirs.end();
    }

    @ParameterizedTest
    @ValueSource(longs = {(1L << 53) + 1, -(1L << 53) - 1, Long.MAX_VALUE, Long.MIN_VALUE})
    void number_beyondWhatLuaKeeps_isRefused(long number) {
        assertThatThrownBy(() -> new PackWriter(1).number(number))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2^53");
        assertThat(new PackReader(new PackWriter(1).version(number).toArray()).number())
                .as("a version that no store gives, kept within bounds")
                .isIn(-1L, 1L << 53);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 255, 256, 65_535, 65_536, 300_000})
    void bytes_ofAnySize_comeBackAsTheyWere(int size) {
        byte[] value = new byte[size];
        new Random(size).nextBytes(value);
        byte[] packed = new PackWriter(1).bytes(value).toArray();

        assertThat(new PackReader(packed).bytes()).isEqualTo(value);
        assertThat(new PackReader(throughLua(packed)).bytes()).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 1_000})
    void array_ofAnySize_comesBackAsItWas(int size) {
        PackWriter out = new PackWriter(1).array(size);
        for (int i = 0; i < size; i++) {
            out.text("Zo\u00eb " + i);
        }

        PackReader in = new PackReader(throughLua(out.toArray()));

        in.array(size, "the array");
        for (int i = 0; i < size; i++) {
            assertThat(in.text()).isEqualTo("Zo\u00eb " + i);
        }
        in.end();
    }

    @Test
    void record_cutOffAnywhere_isRefused() {
        for (byte[] record : records()) {
            for (int length = 0; length < record.length; length++) {
                byte[] cut = Arrays.copyOf(record, length);
                assertThatThrownBy(() -> Records.task(NS, "a", cut))
                        .as("the first %s bytes", length)
                        .isInstanceOf(CodecException.class);
            }
            byte[] longer = Arrays.copyOf(record, record.length + 1);
            assertThatThrownBy(() -> Records.task(NS, "a", longer)).isInstanceOf(CodecException.class);
        }
    }

    @Test
    void anyBytes_asARecord_areReadOrRefused() {
        long seed = Long.getLong("tandem.seed", System.nanoTime());
        Random random = new Random(seed);
        List<byte[]> records = records();
        for (int i = 0; i < GARBAGE; i++) {
            byte[] bytes = i % 2 == 0 ? garbage(random) : damaged(records.get(random.nextInt(records.size())), random);
            assertReadOrRefused(() -> Records.task(NS, "a", bytes), bytes, seed);
            assertReadOrRefused(() -> Records.lease(NS, "a", bytes), bytes, seed);
            assertReadOrRefused(() -> Records.meta(bytes), bytes, seed);
        }
    }

    private static void assertReadOrRefused(Runnable read, byte[] bytes, long seed) {
        Throwable thrown = catchThrowable(read::run);
        // Of a newer layout, that is: told as such.
        if (thrown != null && !(thrown instanceof CodecException || thrown instanceof StoreException)) {
            throw new AssertionError(
                    "of the seed " + seed + ": " + HexFormat.of().formatHex(bytes), thrown);
        }
    }

    private static byte[] garbage(Random random) {
        byte[] bytes = new byte[random.nextInt(64)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] damaged(byte[] record, Random random) {
        byte[] bytes = record.clone();
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    /** With little and with everything that a task can have, as the scripts write them. */
    private List<byte[]> records() {
        server.command("FLUSHALL");
        StoreCalls calls = new Sidecar(server.url()).calls;
        calls.apply(Tasks.create("plain"));
        calls.apply(new Verb.Create(
                "full",
                Tasks.spec().withLabels(Map.of("k", "v")).withRetry(Tasks.retries(3, 100, 1_000)),
                0,
                0,
                Map.of("n1", "on-n1")));
        calls.apply(Tasks.report("full", "n1", TaskState.FAILED));
        calls.apply(Tasks.create("held"));
        calls.claim(Tasks.claim("w", 10));
        List<byte[]> records = new ArrayList<>();
        try (Jedis jedis = server.jedis()) {
            for (String id : List.of("plain", "full", "held")) {
                records.add(jedis.hget(
                        ("tandem:{" + NS + "}:records").getBytes(StandardCharsets.UTF_8),
                        ("t" + id).getBytes(StandardCharsets.UTF_8)));
            }
        }
        return records;
    }
}
