package dev.tandem.store.redis.link;

import io.netty.buffer.ByteBuf;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.impl.CommandImpl;
import io.vertx.redis.client.impl.RequestImpl;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The bytes of requests, as the server reads them: an array of strings, each with its length before it.
 *
 * <p>The client library's own encoder starts each request in a small array and lets it grow; this one knows the size
 * before, which the bounds need anyway, and writes many requests into one buffer.
 */
final class Wire {
    private static final int MARK_AND_EOL = 3;

    private Wire() {}

    static int size(Request request) {
        List<byte[]> args = ((RequestImpl) request).getArgs();
        int size = MARK_AND_EOL + digits(args.size() + 1) + name(request).length;
        for (byte[] arg : args) {
            size += MARK_AND_EOL + digits(arg.length) + arg.length + 2;
        }
        return size;
    }

    static void write(Request request, ByteBuf to) {
        List<byte[]> args = ((RequestImpl) request).getArgs();
        length('*', args.size() + 1, to);
        to.writeBytes(name(request));
        for (byte[] arg : args) {
            length('$', arg.length, to);
            to.writeBytes(arg);
            to.writeByte('\r').writeByte('\n');
        }
    }

    private static byte[] name(Request request) {
        return ((CommandImpl) request.command()).getBytes();
    }

    private static void length(char mark, int length, ByteBuf to) {
        to.writeByte(mark);
        if (length < 10) {
            to.writeByte('0' + length);
        } else {
            to.writeCharSequence(Integer.toString(length), StandardCharsets.US_ASCII);
        }
        to.writeByte('\r').writeByte('\n');
    }

    private static int digits(int number) {
        int digits = 1;
        for (int rest = number; rest >= 10; rest /= 10) {
            digits++;
        }
        return digits;
    }
}
