package dev.tandem.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteWriterTest {
    private static final String UUID_TEXT = "0199fe01-2345-7abc-8def-0123456789ab";

    @Test
    void id_canonicalUuid_takesSeventeenBytes() {
        ByteWriter out = new ByteWriter(0);

        out.id(UUID_TEXT);

        assertThat(HexFormat.of().formatHex(out.toArray())).isEqualTo("01" + UUID_TEXT.replace("-", ""));
        assertThat(new ByteReader(out.toArray()).id()).isEqualTo(UUID_TEXT);
    }

    @Test
    void id_uuidWithTheHighestBitsSet_comesBack() {
        String id = new UUID(-1, -1).toString();
        ByteWriter out = new ByteWriter(0);

        out.id(id);

        assertThat(out.toArray()).hasSize(17);
        assertThat(new ByteReader(out.toArray()).id()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "0199FE01-2345-7abc-8def-0123456789ab",
                "0199fe01-2345-7abc-8def-0123456789ag",
                "0199fe01-2345-7abc-8def-01234567:9ab",
                "/199fe01-2345-7abc-8def-0123456789ab",
                "0199fe01_2345-7abc-8def-0123456789ab",
                "0199fe01-2345-7abc-8def_0123456789ab",
                "0199fe01-2345-7abc-8def-0123456789é1"
            })
    void id_anythingElse_isKeptAsItIs(String id) {
        ByteWriter out = new ByteWriter(0);

        out.id(id);

        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        assertThat(out.toArray()).hasSize(utf8.length + 1).endsWith(utf8);
        assertThat(new ByteReader(out.toArray()).id()).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 126, 127, 128, 129, 300, 20_000})
    void string_anyLengthPlainOrNot_isItsUtf8WithItsLength(int length) {
        for (String letter : new String[] {"x", "\u007f", "\u0080", "é", "€"}) {
            String plainThenNot = "y".repeat(Math.max(0, length - 1)) + (length == 0 ? "" : letter);
            ByteWriter out = new ByteWriter(0);

            out.u8(9);
            out.string(plainThenNot);
            out.u8(9);

            ByteReader in = new ByteReader(out.toArray());
            assertThat(in.u8()).isEqualTo(9);
            assertThat(in.string()).isEqualTo(plainThenNot);
            assertThat(in.u8()).isEqualTo(9);
            in.end();
            int size = plainThenNot.getBytes(StandardCharsets.UTF_8).length;
            assertThat(out.toArray()).hasSize(2 + size + (size < 0x80 ? 1 : size < 0x4000 ? 2 : 3));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "mail", "m", "mé", "é", "€uro", "liam"})
    void name_readAgain_isTheSame(String name) {
        ByteWriter out = new ByteWriter(0);
        out.string(name);
        out.u8(9);
        String first = new ByteReader(out.toArray()).name();

        ByteReader in = new ByteReader(out.toArray());
        assertThat(in.name()).isEqualTo(first).isEqualTo(name);
        assertThat(in.u8()).isEqualTo(9);
        in.end();
    }

    @Test
    void names_ofManyBytes_areEachTheirOwn() {
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 5_000; i++) {
                ByteWriter out = new ByteWriter(0);
                out.string("queue-" + i % 2_500);
                assertThat(new ByteReader(out.toArray()).name()).isEqualTo("queue-" + i % 2_500);
            }
        }
        ByteWriter out = new ByteWriter(0);
        out.string("mail");
        assertThat(new ByteReader(out.toArray()).name())
                .as("kept once for all records")
                .isSameAs(new ByteReader(out.toArray()).name());
    }

    @Test
    void fixed64_anyNumber_isWrittenHighestByteFirst() {
        ByteWriter out = new ByteWriter(0);

        out.u8(0);
        out.fixed64(0x8123456789abcdefL);

        assertThat(HexFormat.of().formatHex(out.toArray())).isEqualTo("008123456789abcdef");
    }
}
