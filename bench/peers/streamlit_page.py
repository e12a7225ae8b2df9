"""The market page as a Streamlit script."""

import streamlit as st
from market import PERIODS, shown

st.set_page_config("Pasar", layout="wide")
st.title("Pasar")
period = st.radio("Periode", list(PERIODS), horizontal=True)
page = shown(PERIODS[period])
for column, tile in zip(st.columns(5), page.tiles, strict=True):
    column.metric(tile.title, tile.value, tile.change)
for number, figure in enumerate(page.figures):
    st.plotly_chart(figure, key=f"chart-{number}")
