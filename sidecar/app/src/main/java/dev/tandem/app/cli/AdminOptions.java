package dev.tandem.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command finds admin ports, and how it prints. */
final class AdminOptions {
    private static final String DEFAULT = "127.0.0.1:7421";
    private static final String TOKEN = "TANDEM_ADMIN_TOKEN";
    private static final String TOKEN_FILE = "TANDEM_ADMIN_TOKEN_FILE";

    /** What a header can hold. */
    private static final Pattern TOKEN_TEXT = Pattern.compile("\\p{Graph}+");

    @Option(
            names = "--admin",
            paramLabel = "HOST:PORT",
            split = ",",
            description = "Admin ports, with commas between. Default: TANDEM_ADMIN, or " + DEFAULT + ".")
    private @Nullable List<String> admin;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "A file that holds the admin token, where one is configured (admin_token). Default: the token in "
                            + TOKEN + ", or the file that " + TOKEN_FILE + " names.")
    private @Nullable String tokenFile;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean isJson;

    List<String> addresses(Map<String, String> environment) {
        return admin == null ? List.of(environment.getOrDefault("TANDEM_ADMIN", DEFAULT)) : admin;
    }

    /** The one admin port that is named. */
    AdminPort port(Map<String, String> environment) {
        List<String> addresses = addresses(environment);
        if (addresses.size() != 1) {
            throw new BadInput("--admin must name one admin port here");
        }
        return new AdminPort(addresses.get(0), token(environment));
    }

    private @Nullable String token(Map<String, String> environment) {
        String text = environment.get(TOKEN);
        if (tokenFile != null) {
            return read("--token-file", tokenFile);
        } else if (text != null) {
            return checked(TOKEN, text);
        }
        String file = environment.get(TOKEN_FILE);
        return file == null ? null : read(TOKEN_FILE, file);
    }

    private static String read(String source, String file) {
        try {
            return checked(source, Files.readString(Path.of(file)).strip());
        } catch (IOException | IllegalArgumentException e) {
            throw new BadInput(source + ": the file " + file + " can't be read; is it there, and may you read it?");
        }
    }

    private static String checked(String source, String token) {
        if (!TOKEN_TEXT.matcher(token).matches()) {
            throw new BadInput(source + ": a token is one word of visible ASCII characters");
        }
        return token;
    }
}
