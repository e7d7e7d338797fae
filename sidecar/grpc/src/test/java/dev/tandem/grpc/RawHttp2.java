package dev.tandem.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A connection that sends the HTTP/2 frames that it is told to, in one piece, as no client library would. */
final class RawHttp2 implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int PING = 6;
    static final int GOAWAY = 7;
    private static final int ACK = 1;
    private static final int SETTINGS = 4;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int LITERAL = 0x10;
    private static final int CANCEL = 8;

    /** One frame that came in. */
    record Frame(int type, int flags, int stream, ByteString payload) {
        boolean endsStream() {
            return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
        }
    }

    private final SocketChannel socket;
    private final DataInputStream in;
    private final String authority;
    private ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** @param window how many bytes of an answer each stream takes before it is told of more */
    RawHttp2(SocketAddress address, String authority, int window) throws IOException {
        this.authority = authority;
        socket = address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
        socket.connect(address);
        in = new DataInputStream(Channels.newInputStream(socket));
        out.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(
                SETTINGS,
                0,
                0,
                ByteBuffer.allocate(6)
                        .putShort((short) INITIAL_WINDOW_SIZE)
                        .putInt(window)
                        .array());
    }

    static RawHttp2 to(TestServer server, int window) throws IOException {
        return new RawHttp2(
                new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), server.server.port()),
                "localhost",
                window);
    }

    /** The head of a gRPC call. */
    RawHttp2 head(int stream, String path) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        String[] headers = {
            ":method",
            "POST",
            ":scheme",
            "http",
            ":path",
            path,
            ":authority",
            authority,
            "content-type",
            "application/grpc",
            "te",
            "trailers"
        };
        for (int i = 0; i < headers.length; i += 2) {
            block.write(LITERAL);
            text(block, headers[i]);
            text(block, headers[i + 1]);
        }
        return frame(HEADERS, END_HEADERS, stream, block.toByteArray());
    }

    private static void text(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        assertThat(bytes).hasSizeLessThan(127); // the length fits into its first byte
        block.write(bytes.length);
        block.writeBytes(bytes);
    }

    /** The whole body of a gRPC call. */
    RawHttp2 body(int stream, Message message) {
        byte[] bytes = message.toByteArray();
        return frame(
                DATA,
                END_STREAM,
                stream,
                ByteBuffer.allocate(5 + bytes.length)
                        .put((byte) 0)
                        .putInt(bytes.length)
                        .put(bytes)
                        .array());
    }

    RawHttp2 call(int stream, String path, Message message) {
        return head(stream, path).body(stream, message);
    }

    RawHttp2 reset(int stream) {
        return frame(
                RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(CANCEL).array());
    }

    RawHttp2 answerPing(Frame ping) {
        return frame(PING, ACK, 0, ping.payload().toByteArray());
    }

    /** Takes more bytes: of a stream, or of the connection, which is stream 0. */
    RawHttp2 take(int stream, int bytes) {
        return frame(
                WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(bytes).array());
    }

    private RawHttp2 frame(int type, int flags, int stream, byte[] payload) {
        out.writeBytes(ByteBuffer.allocate(9)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .array());
        out.writeBytes(payload);
        return this;
    }

    /** Sends all that was said since the last time, in one piece. */
    RawHttp2 send() {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(out.toByteArray());
            out = new ByteArrayOutputStream();
            while (bytes.hasRemaining()) {
                socket.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** The next frame of this type and stream; those before it are dropped. Fails when the connection is closed. */
    Frame next(int type, int stream) throws IOException {
        while (true) {
            Frame frame = next();
            if (frame.type() == type && frame.stream() == stream) {
                return frame;
            }
        }
    }

    /** Reads until a stream has ended, and returns how many bytes of data it had. */
    int end(int stream) throws IOException {
        int bytes = 0;
        while (true) {
            Frame frame = next();
            if (frame.stream() == stream) {
                assertThat(frame.type()).isNotEqualTo(RST_STREAM);
                bytes += frame.type() == DATA ? frame.payload().size() : 0;
                if (frame.endsStream()) {
                    return bytes;
                }
            }
        }
    }

    Frame next() throws IOException {
        int head = in.readInt();
        int flags = in.read();
        int stream = in.readInt();
        byte[] payload = new byte[head >>> 8];
        in.readFully(payload);
        return new Frame(head & 0xff, flags, stream, ByteString.copyFrom(payload));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
