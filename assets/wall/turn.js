// Whose turn it is, counted from the server's clock alone, as dashboard/wall/turns.py does.
(() => {
  const { pantau } = window;

  pantau.turn = (entries, shiftS, now) => {
    const total = entries.reduce((sum, { seconds }) => sum + seconds, 0);
    let into = (((now / 1000 + shiftS) % total) + total) % total;
    for (const [index, { seconds }] of entries.entries()) {
      if (into < seconds) return { index, left: seconds - into };
      into -= seconds;
    }
    return { index: 0, left: entries[0].seconds };
  };

  const minutes = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

  // How bright a wall is, in %, at the city's time of the day in minutes.
  pantau.brightness = (usual, night, minute) => {
    if (!night) return usual;
    const [since, until] = [minutes(night.since), minutes(night.until)];
    const dark = since < until ? minute >= since && minute < until : minute >= since || minute < until;
    return dark ? Math.min(usual, night.brightness) : usual;
  };
})();
